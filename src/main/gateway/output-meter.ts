/**
 * Watches that a stream stays within the cap of its key. An upstream that honours the maximum it was sent is never cut:
 * what passes is counted from below (`piece-count.ts`), and only what is above the cap for certain ends the stream.
 */
import type { Piece } from '../dialects/output-piece.ts'
import { createOutputReader } from '../dialects/output-reader.ts'
import { JsonPieceCount, PieceCount } from './piece-count.ts'
import type { TokenUsage } from '../../shared/models/request.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { AnswerCap } from './answer.ts'

export interface OutputMeter {
  /**
   * Called with each event of the answer, in order, and with the figures that the provider has reported so far. Null while
   * the event may pass; else what takes its place and ends the stream.
   */
  read(event: Buffer, reported: TokenUsage | null): Buffer | null
  /** Tokens that were generated for certain. */
  readonly atLeast: number
  /** Tokens by estimate, never below `atLeast`: what is charged where the provider reports nothing. */
  readonly estimate: number
}

/** Of a usual text. */
const BYTES_PER_TOKEN = 4
const BLANK = 0x20
const FIRST_LOW_HALF = 0xdc00
const LAST_LOW_HALF = 0xdfff

/** `tellsUsage`: the client of a chat stream asked for the usage chunk. */
export function createOutputMeter(dialect: Dialect, cap: AnswerCap, tellsUsage: boolean): OutputMeter {
  const reader = createOutputReader(dialect, tellsUsage)
  const counts = new Map<string, PieceCount | JsonPieceCount>()
  let atLeast = 0
  let bytes = 0
  let events = 0

  function countOf({ channel, isJson }: Piece): PieceCount | JsonPieceCount {
    const known = counts.get(channel)
    if (known !== undefined) return known
    const made = isJson ? new JsonPieceCount() : new PieceCount()
    counts.set(channel, made)
    return made
  }

  /** Counts the whole piece, and returns how much of it is within the cap. */
  function take(piece: Piece): number {
    const { text } = piece
    const count = countOf(piece)
    const before = count.count
    const room = cap.tokens - atLeast
    let fit = text.length
    for (let at = 0; at < text.length; at++) {
      count.next(text.charCodeAt(at))
      if (count.count - before > room && at < fit) fit = at
    }
    atLeast += count.count - before
    bytes += Buffer.byteLength(text)
    return fit === text.length ? fit : trimmed(text, fit)
  }

  function estimate(): number {
    return Math.max(atLeast, events, Math.ceil(bytes / BYTES_PER_TOKEN))
  }

  /** What the provider says while its answer goes on, as some do with each event. */
  function isReportedAbove(reported: TokenUsage | null): boolean {
    return reported !== null && reported.output > cap.tokens && !reader.isFinished
  }

  return {
    read(event, reported) {
      const pieces = reader.read(event)
      if (pieces.length === 0) return null
      events++
      const fits = pieces.map(take)
      const isAbove = isReportedAbove(reported)
      if (atLeast <= cap.tokens && !isAbove) return null
      const output = isAbove && reported !== null ? reported.output : estimate()
      return reader.end({ event, fits, usage: { input: reported?.input ?? cap.input, output } })
    },
    get atLeast() {
      return atLeast
    },
    get estimate() {
      return estimate()
    },
  }
}

/** Without what belongs to the first token beyond: its blank, or the first half of its character. */
function trimmed(text: string, fit: number): number {
  const code = text.charCodeAt(fit)
  let end = code >= FIRST_LOW_HALF && code <= LAST_LOW_HALF ? fit - 1 : fit
  while (end > 0 && text.charCodeAt(end - 1) === BLANK) end--
  return end
}
