/** What an operator is told of budgets and accounts, each thing once: over real sockets, across stops and kills. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp } from '../../src/main/app.ts'
import { runCli } from '../../src/main/cli/run-cli.ts'
import { MOST, openBudgetHouse, TOKEN, type BudgetHouse } from '../support/budget-house.ts'

const START = Date.UTC(2026, 3, 1, 10)
const DAY = 86_400_000
const REQUEST = MOST * TOKEN

let rig: BudgetHouse
beforeEach(async () => {
  rig = await openBudgetHouse(START)
})
afterEach(() => rig.close())

const thresholds = async () => (await rig.notices()).map(({ budget }) => budget?.threshold ?? null)
/** Longer than news of keys is gathered. */
const quiet = () => new Promise((resolve) => setTimeout(resolve, 700))

async function expectTold(...expected: readonly number[]): Promise<void> {
  await expect.poll(thresholds).toEqual(expected)
  await quiet()
  expect(await thresholds()).toEqual(expected)
}

describe('thresholds of a budget', () => {
  it('are told once each, and anew in the next period', async () => {
    const { key, secret } = await rig.key('laptop', { budgetPerDay: 10 * REQUEST })
    await rig.spend(secret, 4)
    await expectTold()
    await rig.spend(secret, 1)
    await expectTold(50)
    await rig.spend(secret, 3)
    await expectTold(50, 80)
    await rig.spend(secret, 3)
    await expectTold(50, 80, 100)
    const [half, , full] = await rig.notices()
    expect(half).toEqual({
      id: '1',
      at: expect.any(Number),
      kind: 'budget.threshold',
      level: 'info',
      subject: { kind: 'key', id: key.id, name: 'laptop' },
      budget: {
        field: 'budgetPerDay',
        overrideId: null,
        model: null,
        threshold: 50,
        limit: 10 * REQUEST,
        used: 5 * REQUEST,
        resetAt: Date.parse('2026-04-02T00:00+02:00'),
        fullAt: null,
      },
      readAt: null,
    })
    expect(full).toMatchObject({ level: 'critical', budget: { used: 10 * REQUEST } })
    expect(rig.house.app.events).toContainEqual({ type: 'notice.changed' })
    vi.setSystemTime(START + DAY)
    await rig.spend(secret, 5)
    await expectTold(50, 80, 100, 50)
  })

  it('ring one bell for several that are passed at once, under 100 requests at a time', async () => {
    const { key, secret } = await rig.key('laptop', { budgetPerDay: 100 * REQUEST })
    const answers = await Promise.all(Array.from({ length: 130 }, () => rig.ask(secret, MOST)))
    expect(answers.filter(({ status }) => status === 200).length).toBe(100)
    await expect.poll(async () => (await thresholds()).at(-1)).toBe(100)
    await quiet()
    const rung = await thresholds()
    expect(rung).toEqual([...new Set(rung)].toSorted((a, b) => (a ?? 0) - (b ?? 0)))
    await rig.call('key.update', { id: key.id, patch: { alertThresholds: [10, 20, 30, 100] } })
    await expectTold(...rung.map((each) => each ?? 0))
  })

  it('are told after a kill that came before the bell, and not twice after one that came behind it', async () => {
    const { secret } = await rig.key('laptop', { budgetTotal: 10 * REQUEST }, { alertThresholds: [80, 100] })
    await rig.spend(secret, 8)
    await rig.kill()
    await expectTold(80)
    await rig.kill()
    await expectTold(80)
    await rig.reopen()
    await expectTold(80)
    await rig.spend(secret, 2)
    await rig.reopen()
    await expectTold(80, 100)
  })

  it('are of each budget by itself, of overrides too, as their key says', async () => {
    const limitOverrides = [{ model: 'm', limits: { budgetPerMonth: 4 * REQUEST } }]
    const more = { limitOverrides, alertThresholds: [75] } as never
    const { key, secret } = await rig.key('laptop', { budgetPerDay: 4 * REQUEST, requestsPerDay: 4 }, more)
    await rig.key('mute', { budgetPerDay: REQUEST }, { alertThresholds: [] })
    const mute = await rig.key('silent', { budgetPerDay: REQUEST }, { alertThresholds: [] })
    await rig.spend(mute.secret, 2)
    await rig.spend(secret, 3)
    await expectTold(75, 75)
    const facts = (await rig.notices()).map(({ budget }) => [budget?.field, budget?.model, budget?.overrideId])
    expect(facts.toSorted()).toEqual([
      ['budgetPerDay', null, null],
      ['budgetPerMonth', 'm', key.limitOverrides[0]?.id],
    ])
  })

  it('at 100 % are told when what is left is too little for what is asked', async () => {
    const { secret } = await rig.key('laptop', { budgetPerDay: 10 * REQUEST }, { alertThresholds: [80, 100] })
    await rig.spend(secret, 9)
    await rig.ask(secret, 5)
    await expectTold(80)
    expect(await rig.spend(secret, 2)).toEqual([429, 429])
    await expectTold(80, 100)
    expect((await rig.notices())[1]?.budget).toMatchObject({ used: 9 * REQUEST + 5 * TOKEN, limit: 10 * REQUEST })
  })

  it('are not told for a moment in which running requests hold the rest', async () => {
    const { secret } = await rig.key('laptop', { budgetPerDay: 3 * REQUEST }, { alertThresholds: [100] })
    await rig.spend(secret, 1, 1)
    const running = [rig.ask(secret, 1, { holdAt: 'head' }), rig.ask(secret, 1, { holdAt: 'head' })]
    await rig.upstream.arrived(3)
    expect((await rig.ask(secret, 1)).status).toBe(429)
    rig.upstream.release()
    await Promise.all(running)
    await expectTold()
  })
})

describe('a change of a budget', () => {
  it('is looked at: what is passed by it is told, what was told before is not', async () => {
    const { key, secret } = await rig.key('laptop', { budgetPerDay: 20 * REQUEST })
    await rig.spend(secret, 9)
    await expectTold()
    await rig.call('key.update', { id: key.id, patch: { limits: { budgetPerDay: 10 * REQUEST } } })
    await expectTold(80)
    await rig.spend(secret, 1)
    await expectTold(80, 100)
    const place = { id: key.id, overrideId: null, field: 'budgetPerDay' as const }
    await rig.call('key.raiseBudget', { ...place, addNanos: 10 * REQUEST, until: START + 3_600_000 })
    await expectTold(80, 100)
    await rig.spend(secret, 6)
    await expectTold(80, 100, 80)
    await rig.call('key.endRaise', place)
    await expectTold(80, 100, 80)
    await rig.call('key.resetLimit', place)
    await rig.spend(secret, 5)
    await expectTold(80, 100, 80, 50)
  })

  it('leaves the notices of a deleted key with its name', async () => {
    const { key, secret } = await rig.key('laptop', { budgetPerDay: REQUEST })
    await rig.spend(secret, 1)
    await expectTold(100)
    await rig.call('key.delete', { id: key.id, prefix: key.prefix })
    expect((await rig.notices())[0]).toMatchObject({ subject: { name: 'laptop' } })
  })
})

describe('an account that its provider refuses', () => {
  it('is told once until it is mended', async () => {
    const { secret } = await rig.key('laptop', {})
    await Promise.all(Array.from({ length: 5 }, () => rig.ask(secret, 1, { status: 401 })))
    await rig.ask(secret, 1, { status: 401 })
    const subject = { kind: 'upstream', id: rig.upstreamId, name: 'Outside' }
    expect(await rig.notices()).toMatchObject([
      { kind: 'upstream.authRequired', level: 'critical', subject, budget: null },
    ])
    vi.setSystemTime(START + 1_000)
    await rig.call('upstream.resume', { id: rig.upstreamId })
    await rig.ask(secret, 1, { status: 401 })
    expect((await rig.notices()).length).toBe(2)
  })
})

/** On the data directory, while nobody has it open. */
async function weir(dataDir: string, ...argv: readonly string[]) {
  const seen = { stdout: '', stderr: '' }
  const code = await runCli({
    argv: [...argv, '--data-dir', dataDir],
    io: {
      env: {},
      stdin: (async function* () {})() as never,
      stdout: (text) => (seen.stdout += text),
      stderr: (text) => (seen.stderr += text),
      now: Date.now,
    },
    createCore: createApp,
    version: '0.0.0',
    start: () => Promise.reject(new Error('not here')),
  })
  return { code, ...seen }
}

describe('weir', () => {
  it('raises, ends and resets by hand, and lists notices', async () => {
    const limitOverrides = [{ model: 'gpt*', limits: { budgetTotal: 1_000_000_000 } }]
    const { key, secret } = await rig.key('laptop', { budgetPerDay: REQUEST }, { limitOverrides } as never)
    await rig.spend(secret, 1)
    await expectTold(100)
    const dir = rig.house.image()
    const raise = ['key', 'raise', key.prefix, '--budget']
    const raised = await weir(dir, ...raise, 'day', '--by', '5', '--for', '2h')
    expect(raised).toMatchObject({ code: 0, stderr: '' })
    expect(raised.stdout).toMatch(/^The key "laptop" may use \$5\.00001 a day until 2026-04-01 12:00:\d\dZ\.\n$/)
    const ofModels = await weir(dir, ...raise, 'total', '--by', '$0.5', '--for', '7d', '--model', 'gpt*', '--json')
    expect(JSON.parse(ofModels.stdout)).toMatchObject({ raises: [{}, { addNanos: 500_000_000, field: 'budgetTotal' }] })
    expect((await weir(dir, 'key', 'usage', 'laptop')).stdout).toContain('$5.00 until 2026-04-01 12:00:')
    expect((await weir(dir, 'key', 'end-raise', 'laptop', '--budget', 'day')).stdout).toContain(
      'may use $0.00001 a day.',
    )
    const reset = await weir(dir, 'key', 'reset', 'laptop', '--limit', 'budgetPerDay')
    expect(reset.stdout).toBe('What the key "laptop" used of its budget per day counts no more.\n')
    expect((await weir(dir, 'key', 'usage', key.id, '--json')).stdout).toContain('"used": 0')
    for (const wrong of [
      [...raise, 'year', '--by', '5', '--for', '2h'],
      [...raise, 'day', '--by', 'much', '--for', '2h'],
      [...raise, 'day', '--by', '5', '--for', '400d'],
      [...raise, 'day', '--by', '5', '--for', '2h', '--model', 'o3'],
      ['key', 'reset', 'laptop', '--limit', 'requests-per-minute'],
      ['key', 'reset', 'laptop'],
    ]) {
      expect([wrong, (await weir(dir, ...wrong)).code]).toEqual([wrong, 2])
    }
    const unread = await weir(dir, 'notices', '--unread')
    expect(unread.stdout).toMatch(/critical +key "laptop": Budget per day spent, \$0\.00001 of \$0\.00001 +unread/)
    expect((await weir(dir, 'notices', '--mark-read')).stdout).toContain('0 unread are left.')
    expect((await weir(dir, 'notices', '--unread')).stdout).toBe('No notices.\n')
    expect(JSON.parse((await weir(dir, 'notices', '--json')).stdout)).toMatchObject({
      unread: 0,
      rows: [{ readAt: expect.any(Number) }],
    })
  })
})
