/** Every route about limits by hand and about notices, once: for the tests that use the whole contract. */
import type { Call } from '../../src/main/host/headless/call.ts'
import { noLimits } from '../../src/shared/models/limit.ts'

const DOLLAR = 1_000_000_000

/** Leaves the key as it was. `now`: the core's clock. */
export async function useLimitRoutes(call: Call, id: string, now: number): Promise<void> {
  await call('key.update', { id, patch: { limits: { ...noLimits, budgetPerDay: DOLLAR }, alertThresholds: [90] } })
  const place = { id, overrideId: null, field: 'budgetPerDay' } as const
  const { raises } = await call('key.raiseBudget', { ...place, addNanos: DOLLAR, until: now + 60_000 })
  const [state] = (await call('key.usage', { id })).states
  const glance = (await call('key.usageAll', {})).find((each) => each.id === id)
  const spent = await call('key.spend', { id, days: 2 })
  const { resets } = await call('key.resetLimit', place)
  const ended = await call('key.endRaise', place)
  const seen = [
    raises.length,
    state?.limit,
    glance?.fullest?.limit,
    spent.days.length,
    resets.length,
    ended.raises.length,
  ]
  if (seen.join() !== [1, 2 * DOLLAR, 2 * DOLLAR, 2, 1, 0].join()) throw new Error(`limits by hand gave ${seen.join()}`)
  await call('key.update', { id, patch: { limits: noLimits, alertThresholds: [50, 80, 100] } })
  const { rows } = await call('notice.list', {})
  const ids = rows.map((row) => row.id)
  const { unread } = await call('notice.mark', { ...(ids.length === 0 ? {} : { ids }), read: true })
  if (unread > 0) throw new Error('a notice is unread that was marked as read')
}
