/** Routing tried out on a running core: real traffic through simulators, its log, and both plans beside each other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReplayReport } from '../../src/shared/models/plan-preview.ts'
import { startApp, type AppRig } from '../support/app-rig.ts'

let rig: AppRig
const ids = { a: '', b: '', pool: '', key: '' }
let secret = ''

beforeAll(async () => {
  rig = await startApp({ env: { WEIR_PASSPHRASE: 'a passphrase for planning' } })
  const simulator = { latencyMs: 5 }
  ids.a = (await rig.call('upstream.create', { kind: 'simulator', name: 'A', simulator })).id
  ids.b = (await rig.call('upstream.create', { kind: 'simulator', name: 'B', simulator })).id
  await rig.call('price.set', { model: 'sim-chat', upstreamId: ids.a, rates: { input: 2_000_000, output: 2_000_000 } })
  await rig.call('price.set', { model: 'sim-chat', upstreamId: ids.b, rates: { input: 1_000_000, output: 1_000_000 } })
  const pool = await rig.call('pool.create', {
    name: 'Team',
    assignments: [
      { upstreamId: ids.a, priority: 1 },
      { upstreamId: ids.b, priority: 2 },
    ],
  })
  ids.pool = pool.id
  const made = await rig.call('key.create', { poolId: pool.id, name: 'laptop' })
  ids.key = made.key.id
  secret = made.secret
})
afterAll(() => rig.close())

async function ask(session: string | null, stream = false): Promise<number> {
  const answer = await fetch(`${rig.app.gatewayUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${secret}`,
      'content-type': 'application/json',
      ...(session === null ? {} : { 'session-id': session }),
    },
    body: JSON.stringify({ model: 'sim-chat', stream, messages: [{ role: 'user', content: 'hello' }] }),
  })
  await answer.text()
  return answer.status
}

async function replayed(input: { draft?: object; hours?: number } = {}): Promise<ReplayReport> {
  const job = await rig.ended(await rig.call('pool.replay', { poolId: ids.pool, ...input }))
  if (job.kind !== 'pool.replay' || job.result === null) throw new Error(`the replay ended as ${job.state}`)
  return job.result
}

async function state() {
  const upstreams = await rig.call('upstream.list', {})
  return {
    health: upstreams.map(({ health, quota }) => ({ health, quota })),
    readiness: await rig.call('pool.readiness', { id: ids.pool }),
    pool: await rig.call('pool.get', { id: ids.pool }),
  }
}

describe('a Pool without traffic', () => {
  it('has a plan, and nothing to replay', async () => {
    const { now, draft } = await rig.call('pool.previewPlan', { poolId: ids.pool, model: 'sim-chat' })
    expect(now.places.map(({ name, outcome, place }) => [name, outcome, place])).toEqual([
      ['A', 'ordered', 1],
      ['B', 'ordered', 2],
    ])
    expect(draft).toBeNull()
    expect(await replayed()).toMatchObject({ requests: 0, isCut: false, saved: { served: 0 }, draft: { served: 0 } })
  })
})

describe('a Pool with traffic', () => {
  beforeAll(async () => {
    for (let n = 0; n < 30; n++) await ask(`session ${n % 6}`, n % 2 === 0)
  })

  it('is replayed as it was, to the token and the nano-dollar', async () => {
    const { requests, saved, draft, upstreams, sessions } = await replayed()
    expect([requests, saved.served, saved.refused, saved.failed]).toEqual([30, 30, 0, 0])
    expect(draft).toEqual(saved)
    const [a] = upstreams
    expect(a).toMatchObject({ upstreamId: ids.a, recorded: 30, saved: { requests: 30, share: 1, unpriced: 0 } })
    const { today } = await rig.call('overview.get', { zone: 'UTC' })
    expect(saved.inputTokens + saved.outputTokens).toBe(today.sums.input + today.sums.output)
    expect(saved.costNanos).toBe(today.sums.costNanos)
    expect(sessions).toEqual({ known: 6, moved: 0 })
  })

  it('is replayed through a draft, and what that changes is told', async () => {
    const before = await state()
    const { saved, draft, upstreams, sessions, notes } = await replayed({ draft: { pausedUpstreams: [ids.a] } })
    const b = upstreams.find(({ upstreamId }) => upstreamId === ids.b)
    expect(b).toMatchObject({ recorded: 0, saved: { requests: 0 }, draft: { requests: 30, share: 1 } })
    expect(draft.costNanos).toBe(saved.costNanos / 2)
    expect(sessions).toEqual({ known: 6, moved: 6 })
    expect(notes.join(' ')).toContain('B had no such request in that time')
    // Nothing of it reached what the gateway goes by.
    expect(await state()).toEqual(before)
  })

  it('says what a draft would refuse', async () => {
    const { draft, upstreams } = await replayed({ draft: { pausedUpstreams: [ids.a, ids.b] } })
    expect(draft).toMatchObject({ served: 0, refused: 30 })
    expect(upstreams.every((each) => each.draft.requests === 0)).toBe(true)
  })

  it('is replayed with its failures: a plan that meets them moves on, one that does not is spared', async () => {
    await rig.call('upstream.update', { id: ids.a, patch: { simulator: { fault: 'status', faultStatus: 503 } } })
    for (let n = 0; n < 10; n++) expect(await ask(null)).toBe(200)
    const { saved, draft, notes } = await replayed({
      draft: {
        assignments: [
          { upstreamId: ids.a, priority: 2, weight: 1, enabled: true },
          { upstreamId: ids.b, priority: 1, weight: 1, enabled: true },
        ],
      },
    })
    expect([saved.served, draft.served]).toEqual([40, 40])
    expect([saved.firstChoiceFailures, draft.firstChoiceFailures]).toEqual([1, 0])
    expect(notes.join(' ')).toContain('taken as down')
    await rig.call('upstream.update', { id: ids.a, patch: { simulator: { fault: 'none' } } })
    await rig.call('upstream.test', { id: ids.a })
  })

  it('has a plan for each key and session, and beside it that of a draft', async () => {
    const question = { poolId: ids.pool, keyId: ids.key, model: 'sim-chat', session: 'session 1' }
    const { now, draft } = await rig.call('pool.previewPlan', {
      ...question,
      draft: {
        strategy: 'cheapest',
        assignments: [
          { upstreamId: ids.a, priority: 1, weight: 1, enabled: true },
          { upstreamId: ids.b, priority: 1, weight: 1, enabled: true },
        ],
      },
    })
    expect(now).toMatchObject({ strategy: 'priority', places: [{ name: 'A', firstShare: 1 }, { name: 'B' }] })
    expect(now.affinity).toMatchObject({ kind: 'session', upstreamId: ids.a, outcome: 'kept' })
    expect(draft?.strategy).toBe('cheapest')
    expect(draft?.places.map(({ figure }) => figure)).not.toContain(null)
    await rig.call('key.update', { id: ids.key, patch: { allowedUpstreams: [ids.b] } })
    const narrowed = await rig.call('pool.previewPlan', question)
    expect(narrowed.now.places.map(({ name, reason }) => [name, reason])).toEqual([
      ['B', null],
      ['A', 'not_allowed_by_key'],
    ])
  })

  it('refuses what is no question, and runs one replay at a time, which can be cancelled', async () => {
    await expect(rig.call('pool.previewPlan', { poolId: 'pool_x', model: 'm' })).rejects.toMatchObject({
      code: 'not_found',
    })
    await expect(rig.call('pool.previewPlan', { poolId: ids.pool, keyId: 'key_x', model: 'm' })).rejects.toMatchObject({
      code: 'not_found',
    })
    const twice = [1, 2].map((priority) => ({ upstreamId: ids.a, priority, weight: 1, enabled: true }))
    await expect(rig.call('pool.replay', { poolId: ids.pool, draft: { assignments: twice } })).rejects.toMatchObject({
      code: 'invalid_input',
    })
    const running = await rig.call('pool.replay', { poolId: ids.pool })
    await expect(rig.call('pool.replay', { poolId: ids.pool })).rejects.toMatchObject({ code: 'state_conflict' })
    await rig.call('job.cancel', { id: running.id })
    expect((await rig.ended(running)).state).toBe('cancelled')
  })
})
