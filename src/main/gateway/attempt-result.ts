/** How one dispatch to one upstream ended. */
import type { IncomingHttpHeaders } from 'node:http'
import type { AppError } from '../../shared/errors.ts'
import type { TokenUsage } from '../../shared/models/request.ts'

/** What the upstream answered instead of a result. `body` is bounded. */
export interface UpstreamAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Delivery {
  /** The client has the upstream's whole answer, or what there was of it. */
  readonly kind: 'delivered'
  readonly status: number
  /** Why the answer broke off after its beginning had been passed on. */
  readonly error: AppError | null
  readonly usage: TokenUsage | null
  /** Tokens counted from what passed, for an upstream that reports none. */
  readonly seenOutput: number
  /** The answer was ended at the key's cap on output. */
  readonly capped: boolean
}

export type AttemptResult =
  | Delivery
  | {
      readonly kind: 'failed'
      readonly error: AppError
      readonly answer: UpstreamAnswer | null
      /** What the provider reports all the same; left out where nothing could come. */
      readonly usage?: TokenUsage | null
    }
  | { readonly kind: 'aborted'; readonly usage: TokenUsage | null; readonly seenOutput: number }
