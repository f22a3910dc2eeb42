/** What every step of the key wizard is given. */
import type { PoolKey } from '../../../shared/models/key.ts'
import type { Pool } from '../../../shared/models/pool.ts'
import type { KeyForm } from './key-form.ts'
import type { FieldId } from './key-problems.ts'

export interface StepProps {
  readonly form: KeyForm
  readonly change: (patch: Partial<KeyForm>) => void
  /** What to say at a field: nothing while it is still being filled in. */
  readonly errorOf: (fieldId: FieldId) => string | null
  /** The field was left: from now on it says what is wrong with it. */
  readonly onLeave: (fieldId: FieldId) => void
  readonly pools: readonly Pool[]
  /** Null for a new key. */
  readonly poolKey: PoolKey | null
}
