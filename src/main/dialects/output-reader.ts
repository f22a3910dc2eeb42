/**
 * Reads what a model generated out of the events of a stream, and writes the end of a stream that is cut off. Only for
 * answers under a cap: the others pass unread.
 */
import { createChatOutputReader } from './chat-output.ts'
import { createResponsesOutputReader } from './responses-output.ts'
import type { TokenUsage } from '../../shared/models/request.ts'
import type { Dialect } from './dialect.ts'

/** A piece of generated text. Pieces of one channel continue each other. */
export interface Piece {
  readonly channel: string
  readonly text: string
  /** The arguments of a tool call, which the server may have written from another syntax. */
  readonly isJson: boolean
}

/** Where the stream ends. */
export interface Cut {
  /** The event that goes beyond the cap. */
  readonly event: Buffer
  /** Of each of its pieces, in the order of `read`, how many UTF-16 units still pass. */
  readonly fits: readonly number[]
  /** The figures that a client is told. */
  readonly usage: Pick<TokenUsage, 'input' | 'output'>
}

export interface OutputReader {
  /** The generated text in an event. Called with each event of the answer, in order, up to the cut. */
  read(event: Buffer): readonly Piece[]
  /** What takes the place of the cut's event and of all that would follow, as this dialect ends at a maximum. */
  end(cut: Cut): Buffer
  /** Every choice has given its reason to finish: only figures may follow. */
  readonly isFinished: boolean
}

/** `tellsUsage`: the client of a chat stream asked for the usage chunk. */
export function createOutputReader(dialect: Dialect, tellsUsage: boolean): OutputReader {
  return dialect === 'responses' ? createResponsesOutputReader() : createChatOutputReader(tellsUsage)
}
