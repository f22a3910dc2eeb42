/** What a reader of output gives, and what it is given where a stream is cut off. */
import type { TokenUsage } from '../../shared/models/request.ts'

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
