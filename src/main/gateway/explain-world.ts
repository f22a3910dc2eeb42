/** What an explanation looks at, and what it finds. */
import type { AppError } from '../../shared/errors.ts'
import type { DoctorReport, DoctorStep } from '../../shared/models/doctor.ts'
import type { ClientKind } from '../../shared/models/request.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Directory } from './directory.ts'
import type { LimitedPlan } from './limited-request.ts'
import type { Limiter } from './limiter.ts'
import type { Ledger } from './limits/ledger.ts'
import type { PlanDeps } from './plan.ts'
import type { KeyRecord, TokenRecord } from './ports.ts'

export interface ExplainWorld extends PlanDeps {
  readonly directory: Pick<Directory, 'settings' | 'upstream' | 'pool' | 'keyByPublicId' | 'tokenByPublicId'>
  readonly limiter: Pick<Limiter, 'quote' | 'assume'>
  readonly ledger: Pick<Ledger, 'check' | 'verdicts'>
  readonly door: Door
}

/** The gateway before it looks at a credential. */
export interface Door {
  readonly isListening: boolean
  /** Whether other machines can reach it. */
  readonly isExposed: boolean
  readonly inFlight: number
  /** Why the request log can't be written, or null. */
  readonly failure: string | null
}

export interface Hypothesis {
  /** Null where only a secret is given. */
  readonly key: KeyRecord | null
  /** The token of it that asks; null for the key itself. */
  readonly token: TokenRecord | null
  /** Null: taken as right. */
  readonly secret: string | null
  readonly model: string
  readonly dialect: Dialect
  /** As a tokenizer counts them. */
  readonly inputTokens: number
  readonly inputBytes: number | null
  readonly outputTokens: number | null
  readonly serviceTier: string | null
  /** As the client tells it; null where it tells none. */
  readonly session: string | null
  readonly stream: boolean
  readonly address: string
  readonly client: ClientKind
}

/** A step with what the gateway would throw there. */
export interface Finding {
  readonly step: DoctorStep
  readonly refusal: AppError | null
}

export interface Explanation extends Pick<DoctorReport, 'steps' | 'passes' | 'answer' | 'sent'> {
  /** Null where neither key nor secret opens one. */
  readonly key: KeyRecord | null
  readonly token: TokenRecord | null
  readonly refusal: AppError | null
  /** As far as it came to a plan. */
  readonly asked: LimitedPlan | null
}
