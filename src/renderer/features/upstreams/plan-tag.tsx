import { Tag } from '../../components/status-badge.tsx'
import type { Upstream } from './upstream-rows.ts'
import { planWord } from './words.ts'

/** The plan of a signed-in account; nothing for other kinds, and where the provider does not say. */
export function PlanTag({ upstream: { account } }: { readonly upstream: Pick<Upstream, 'account'> }) {
  const plan = account?.plan ?? null
  return plan === null ? null : <Tag tone="info">{planWord(plan)}</Tag>
}
