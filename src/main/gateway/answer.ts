/**
 * What stands between an attempt and the upstream's answer. The attempt owns the connection, the clock and the result;
 * an answer reads the bytes and judges them, and does to the outside only what `AnswerSink` lets it.
 */
import type { AppError } from '../../shared/errors.ts'
import type { TokenUsage } from '../../shared/models/request.ts'
import type { Settings } from '../../shared/settings.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { JsonObject } from '../dialects/json.ts'
import type { QuotaNotes } from '../providers/quota-view.ts'
import type { ClientStream } from './client-stream.ts'

/** What the request's key allows an answer, for the streams of an upstream that does not honour its maximum. */
export interface AnswerCap {
  /** The most output tokens, all choices together. */
  readonly tokens: number
  /** The request's own tokens by estimate: what a client is told when its answer ends before the real figures. */
  readonly input: number
}

/** Hears a whole answer before the client gets it. Null: it passes as it is; else what the client gets in its place. */
export type AnswerReader = (object: JsonObject) => JsonObject | null

/** What an answer of a route may be that passes as it is. */
export interface PlainAnswer {
  /** Something other than JSON or events: a text, subtitles. */
  readonly takesAny: boolean
  /** A file: nothing is read of it, whatever it looks like. */
  readonly isContent: boolean
  readonly reader: AnswerReader | null
}

export interface AttemptJob {
  readonly dialect: Dialect
  readonly isCodex: boolean
  readonly hideUsage: boolean
  readonly isModelChanged: boolean
  readonly requestId: string
  readonly settings: Settings
  readonly client: ClientStream
  readonly now: () => number
  /** Hears the head of the upstream's answer. */
  readonly quota: QuotaNotes
  /** What the caller has left of its key's limits, asked when the head is sent; null where it has none. */
  readonly limitHeaders?: (() => readonly string[]) | null
  /** Null or absent where no cap applies. */
  readonly cap?: AnswerCap | null
  /** The client wants one JSON answer of an upstream that only streams. */
  readonly collects?: boolean
  /** Null or absent for an answer of the dialect. */
  readonly plain?: PlainAnswer | null
  /** The client is not to see how the account stands: it is one of several. */
  readonly hidesQuota?: boolean
  /** How its Pool's accounts stand, for Codex's status line, asked when the head is sent; null where nobody looks. */
  readonly quotaHeaders?: (() => readonly string[]) | null
  /** Which of the upstream's headers the client may see, by name in lower case; absent for all that are not dropped. */
  readonly passesDown?: ((lowerName: string) => boolean) | null
}

/** What the attempt asks of an answer; never after the attempt is over. */
export interface Answer {
  push(chunk: Buffer): void
  /** Nothing more comes: what there is must do. */
  end(): void
  beat(now: number): void
  /** It may end as it is, although the connection broke. */
  readonly canEndBroken: boolean
  /** It may end as it is, although the upstream only fell silent. */
  readonly canEndSilent: boolean
  readonly usage: TokenUsage | null
  /** What a later request may go on from; null or left out where nothing, or not yet. */
  readonly responseId?: string | null
  /** Tokens counted from what passed, for an upstream that reports none. */
  readonly seenOutput: number
}

/** What an answer may ask of its attempt. */
export interface AnswerSink {
  /** The first part of the answer itself is here, or it was before. */
  outputCame(): void
  /** Sends the client the head; from here on nothing can be tried elsewhere. */
  begin(keepLength: boolean): void
  /** Passes bytes on, and lets the upstream pause when the client takes no more now. */
  write(chunk: Buffer): void
  /** Head and body in one piece. */
  writeWhole(body: Buffer): void
  /** The same for a JSON answer that was made of something else, with the status that it then has. */
  writeJson(status: number, body: Buffer): void
  /** Calls `end` soon, whether or not the upstream ends. */
  endSoon(): void
  /** The client has the answer; `error` when it is a bad one. */
  deliver(error: AppError | null): void
  /** The client has what the cap allows, with a proper end; the upstream is let go. */
  deliverCapped(): void
  /** The answer breaks off: a failure, or a cut answer when the client has seen its beginning. */
  broken(error: AppError): void
  /** No answer, and the client has seen nothing. */
  fail(error: AppError): void
  /** The upstream's own refusal. `isWhole` is false where more of it would come, which nobody wants. */
  refuse(body: Buffer, isWhole: boolean): void
}

export function joined(parts: readonly Buffer[]): Buffer {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
}
