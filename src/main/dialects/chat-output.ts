/** Chat Completions: the generated text of a stream, and a `finish_reason` of `length` where it is cut. */
import { closingQuote, textInFrame, textStart, type EventFrame } from './event-frame.ts'
import { isObject, parseJsonObject, type JsonObject } from './json.ts'
import { eventData } from './sse.ts'
import type { Cut, OutputReader, Piece } from './output-piece.ts'

/** A piece and the member it was read from. */
interface Found extends Piece {
  readonly owner: JsonObject
  readonly name: string
}

const CHOICES = Buffer.from('"choices"')
const DONE_EVENT = 'data: [DONE]\n\n'
const CLOSE_BRACKET = 0x5d
/** A tool call's arguments stand three lists deep. */
const MAX_LISTS = 6

export function createChatOutputReader(tellsUsage: boolean): OutputReader {
  const open = new Set<number>()
  const finished = new Set<number>()
  /** The members that every chunk of the stream repeats. */
  let common: JsonObject = { object: 'chat.completion.chunk' }
  let frame: EventFrame | null = null
  let framed: Found | null = null

  function note(choice: JsonObject): void {
    const index = indexOf(choice)
    if (typeof choice['finish_reason'] === 'string') {
      open.delete(index)
      finished.add(index)
    } else if (!finished.has(index)) open.add(index)
  }

  function readWhole(event: Buffer): readonly Piece[] {
    const chunk = parseJsonObject(eventData(event))
    if (chunk === null) return []
    const choices = choicesOf(chunk)
    if (choices.length > 0) common = commonOf(chunk)
    for (const choice of choices) note(choice)
    const found = choices.flatMap(foundIn)
    const [only] = found
    if (choices.length === 1 && found.length === 1 && only !== undefined && !isFinishing(choices[0])) {
      frame = learn(event, only)
      framed = only
    }
    return found
  }

  function chunkOf(choices: readonly unknown[], usage: unknown): string {
    return `data: ${JSON.stringify({ ...common, choices, ...(tellsUsage ? { usage } : {}) })}\n\n`
  }

  return {
    read(event) {
      const text = frame === null ? null : textInFrame(frame, event)
      if (text === null || framed === null) return readWhole(event)
      return text === '' ? [] : [{ channel: framed.channel, text, isJson: framed.isJson }]
    },
    end({ event, fits, usage }: Cut) {
      const chunk = parseJsonObject(eventData(event)) ?? {}
      const choices = choicesOf(chunk)
      for (const [at, { owner, name, text }] of choices.flatMap(foundIn).entries()) {
        owner[name] = text.slice(0, fits[at] ?? 0)
      }
      for (const choice of choices) {
        // It ends in the next chunk, and for another reason.
        choice['finish_reason'] = null
        choice['logprobs'] = null
        open.add(indexOf(choice))
      }
      const passes = fits.some((fit) => fit > 0)
      const ends = [...open].map((index) =>
        chunkOf([{ index, delta: {}, logprobs: null, finish_reason: 'length' }], null),
      )
      const figures = { prompt_tokens: usage.input, completion_tokens: usage.output }
      const total = { ...figures, total_tokens: usage.input + usage.output }
      const parts = [passes ? chunkOf(choices, null) : '', ...ends, tellsUsage ? chunkOf([], total) : '', DONE_EVENT]
      return Buffer.from(parts.join(''))
    },
    get isFinished() {
      return open.size === 0 && finished.size > 0
    },
  }
}

function choicesOf(chunk: JsonObject): JsonObject[] {
  const { choices } = chunk
  return Array.isArray(choices) ? choices.filter(isObject) : []
}

function indexOf(choice: JsonObject): number {
  return typeof choice['index'] === 'number' ? choice['index'] : 0
}

function isFinishing(choice: JsonObject | undefined): boolean {
  return choice?.['finish_reason'] !== null && choice?.['finish_reason'] !== undefined
}

function commonOf(chunk: JsonObject): JsonObject {
  const { choices: _choices, usage: _usage, obfuscation: _obfuscation, ...rest } = chunk
  return rest
}

/** The generated text in a choice. A name of a tool is left out: where the client chose it, the model wrote none. */
function foundIn(choice: JsonObject): Found[] {
  const { delta } = choice
  if (!isObject(delta)) return []
  const place = String(indexOf(choice))
  const found: Found[] = []
  const add = (owner: unknown, name: string, channel: string): void => {
    const text = isObject(owner) ? owner[name] : undefined
    if (!isObject(owner) || typeof text !== 'string' || text === '') return
    found.push({ owner, name, text, channel: `${place}/${channel}`, isJson: name === 'arguments' })
  }
  // Some servers send the same reasoning under both names.
  add(delta, typeof delta['reasoning_content'] === 'string' ? 'reasoning_content' : 'reasoning', 'reasoning')
  add(delta, 'content', 'content')
  add(delta, 'refusal', 'refusal')
  add(delta['function_call'], 'arguments', 'call')
  const parts = Array.isArray(delta['content']) ? delta['content'] : []
  for (const part of parts) add(part, 'text', 'content')
  const calls = Array.isArray(delta['tool_calls']) ? delta['tool_calls'].filter(isObject) : []
  for (const [at, call] of calls.entries()) {
    const channel = `call/${String(call['index'] ?? at)}`
    add(call['function'], 'arguments', channel)
    add(call['custom'], 'input', channel)
  }
  return found
}

/** From `"choices"` to the list's end: what is the same there holds one piece, of the same choice, not finished. */
function learn(event: Buffer, { name, text }: Found): EventFrame | null {
  const at = event.indexOf(CHOICES)
  const start = at < 0 ? -1 : textStart(event, name, text, at)
  const end = start < 0 ? -1 : closingQuote(event, start)
  if (end < 0) return null
  const before = Buffer.from(event.subarray(at, start))
  let last = end
  for (let tries = 0; tries < MAX_LISTS; tries++) {
    last = event.indexOf(CLOSE_BRACKET, last + 1)
    if (last < 0) return null
    const after = Buffer.from(event.subarray(end, last + 1))
    if (parseJsonObject(`{${before.toString()}${after.toString()}}`) !== null) return { head: null, before, after }
  }
  return null
}
