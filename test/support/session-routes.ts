/** Every route about sessions, once: for the test that uses the whole contract. */
import { expect } from 'vitest'
import type { Affinity } from '../../src/main/gateway/affinity.ts'
import { SessionMark } from '../../src/main/gateway/affinity/marks.ts'
import type { Call } from '../../src/main/host/headless/call.ts'
import type { CoreEvent } from '../../src/shared/contract.ts'

interface Core {
  readonly affinity: Affinity
  readonly events: readonly CoreEvent[]
}

/** Two sessions of a key that is known, and one of a key that is gone; leaves the key. */
export async function useSessionRoutes(
  call: Call,
  { affinity, events }: Core,
  { poolId, upstreamId }: { readonly poolId: string; readonly upstreamId: string },
): Promise<void> {
  const { key } = await call('key.create', { poolId, name: 'with sessions' })
  for (const [keyId, name] of [
    ['key_0000000000000000', 'c'],
    [key.id, 'a'],
    [key.id, 'b'],
  ] as const) {
    const asked = { key: { id: keyId }, pool: { id: poolId }, client: 'codex', facts: { model: 'm-1' } } as const
    const learnt = { upstreamId, responseId: null, turnState: null }
    affinity.served({ ...asked, session: new SessionMark(keyId, name) }, learnt)
  }
  const { rows, total } = await call('session.list', { upstreamId })
  expect([total, rows[0]?.keyId, rows[0]?.requests]).toEqual([3, key.id, 0])
  const id = rows[0]?.id ?? ''
  expect(await call('session.release', { id })).toEqual({ released: true })
  expect(await call('session.release', { id })).toEqual({ released: false })
  expect(await call('session.releaseAll', { keyId: 'key_nobody' })).toEqual({ released: 0 })
  expect(await call('session.releaseAll', { upstreamId })).toEqual({ released: 2 })
  const audit = (await call('audit.list', { action: 'session.release' })).rows
  expect(audit).toMatchObject([{ targetId: key.id, targetName: 'with sessions', after: { sessions: 1 } }])
  expect(events).toContainEqual({ type: 'session.changed' })
}
