/** What every part of the upstream form is given. */
import type { UpstreamForm } from './upstream-form.ts'
import type { Upstream } from './upstream-rows.ts'

export interface EditorPartProps {
  readonly form: UpstreamForm
  readonly change: (patch: Partial<UpstreamForm>) => void
  /** Null for a new one. */
  readonly upstream: Upstream | null
  /** What the core or the check said of a field, by its id. */
  readonly refusals: Readonly<Record<string, string>>
}
