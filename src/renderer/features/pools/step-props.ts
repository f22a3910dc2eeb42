/** What every step of the Pool wizard is given. */
import type { PoolForm, Refusal, Upstream } from './pool-form.ts'
import type { Pool } from './pool-rows.ts'

export interface StepProps {
  readonly form: PoolForm
  /** As it was when it was opened. */
  readonly initial: PoolForm
  readonly change: (patch: Partial<PoolForm>) => void
  readonly upstreams: readonly Upstream[]
  /** Null for a new Pool. */
  readonly pool: Pool | null
  /** "Next" was asked for in vain, or the core refused: also empty fields say what they want. */
  readonly isTried: boolean
  readonly refusals: readonly Refusal[]
  /** Names of keys, in lower case. */
  readonly takenNames: ReadonlySet<string>
}
