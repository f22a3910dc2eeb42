/** Which upstream is tried next, and for how long a failed one is left alone. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { defaultSettings, type Settings } from '../../src/shared/settings.ts'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { errorOf, exchange } from '../support/raw-client.ts'
import { answerBytes, startRawUpstream, type RawUpstream, type Script } from '../support/raw-upstream.ts'
import { chatJson, goodAnswer, jsonBodies, requestFor } from '../support/upstream-answers.ts'

const IDS = ['a', 'b', 'c'] as const
type Id = (typeof IDS)[number]

let rig: GatewayRig
let key: string
const upstreams = new Map<Id, RawUpstream>()
const scripts = new Map<Id, Script>()

const healthy: Script = ({ socket }) => void socket.write(goodAnswer(chatJson))
const failing =
  (status: number, headers: Record<string, string> = {}, body = '{"error":{"code":"x"}}'): Script =>
  ({ socket }) =>
    void socket.write(answerBytes(status, body, { 'content-type': 'application/json', ...headers }))

beforeAll(async () => {
  rig = await startGateway()
  for (const id of IDS) upstreams.set(id, await startRawUpstream((call) => scripts.get(id)?.(call)))
})

beforeEach(() => {
  use({})
  for (const id of IDS) {
    scripts.set(id, healthy)
    rig.core.health.clear(id)
  }
  key = rig.pool(IDS.map((id) => upstreamRecord(id, upstreams.get(id)?.url ?? '')))
})

afterAll(async () => {
  await rig.close()
  for (const upstream of upstreams.values()) await upstream.close()
})

function use(settings: Partial<Settings>): void {
  rig.directory.putSettings({ ...defaultSettings, ...settings })
}

/** Asks once; which upstreams saw the request, in order. */
async function ask() {
  const before = rig.rows().length
  const answer = await exchange(rig.port, requestFor(chatJson, key))
  rig.journal.flush()
  const row = rig.rows().at(-1)
  const tries = rig.attempts().filter((attempt) => attempt.request_id === row?.id)
  // A request that succeeded at once has no attempts of its own in the log.
  const path = tries.length > 0 ? tries.map((attempt) => attempt.upstream_id) : [row?.upstream_id]
  expect(rig.rows().length).toBe(before + 1)
  return { answer, row, path: path.join(' ') }
}

describe('gateway failover', () => {
  it.each([408, 429, 500, 502, 503, 504, 529])('moves on after %i and lets the upstream rest', async (status) => {
    scripts.set('a', failing(status))
    const first = await ask()
    expect([first.answer.status, first.path]).toEqual([200, 'a b'])
    expect(rig.core.health.view('a').state).toBe('cooling_down')
    expect((await ask()).path).toBe('b')
  })

  it.each([
    ['402', failing(402)],
    ['403', failing(403)],
    ['404 of the model', failing(404, {}, '{"error":{"code":"model_not_found"}}')],
    ['401', failing(401)],
  ] as const)('moves on after %s without a rest', async (_name, script) => {
    scripts.set('a', script)
    expect((await ask()).path).toBe('a b')
    expect(rig.core.health.view('a').state).toBe('ready')
  })

  it.each([400, 404, 409, 413, 422])('relays %i as it came, and asks nobody else', async (status) => {
    const body = `{ "error" : {"message":"näher erklärt","type":"invalid_request_error","extra":[1.50]} }`
    scripts.set('a', failing(status, { 'x-extra': 'kept' }, body))
    const { answer, row, path } = await ask()
    expect([answer.status, answer.body.toString(), answer.headers['x-extra']]).toEqual([status, body, 'kept'])
    expect(answer.headers['x-should-retry']).toBe('false')
    expect([path, row?.error_code, row?.state]).toEqual(['a', 'upstream_rejected', 'failed'])
    expect(rig.core.health.view('a').state).toBe('ready')
  })

  it('gives up when a web server finds the request too large', async () => {
    for (const id of IDS) scripts.set(id, failing(413, { 'content-type': 'text/html' }, '<html>Too large</html>'))
    const { answer, path } = await ask()
    expect([answer.status, errorOf(answer).code, path]).toEqual([400, 'upstream_rejected', 'a b c'])
    expect(answer.headers['x-should-retry']).toBe('false')
  })

  it('tries no more upstreams than the setting says', async () => {
    use({ 'routing.maxAttempts': 2 })
    for (const id of IDS) scripts.set(id, failing(500))
    const { answer, path } = await ask()
    expect([answer.status, path]).toEqual([502, 'a b'])
  })

  it('puts failed upstreams last and tries them when all have failed', async () => {
    for (const id of IDS) scripts.set(id, failing(500))
    expect((await ask()).path).toBe('a b c')
    for (const id of IDS) scripts.set(id, healthy)
    expect((await ask()).path).toBe('a')
    expect(rig.core.health.view('a').state).toBe('ready')
    expect(rig.core.health.view('b').state).toBe('cooling_down')
  })

  it('repeats a request once on the same upstream when a kept connection turns out dead', async () => {
    expect((await ask()).path).toBe('a')
    let lost = 0
    scripts.set('a', (call) => {
      if (lost++ === 0) call.socket.resetAndDestroy()
      else call.socket.write(goodAnswer(chatJson))
    })
    expect((await ask()).path).toBe('a a')
    expect(rig.core.health.view('a').state).toBe('ready')
  })

  it('gives the last error when every one failed in its own way', async () => {
    scripts.set('a', failing(403))
    scripts.set('b', failing(500))
    scripts.set('c', failing(429, { 'retry-after': '9' }))
    const { answer, path } = await ask()
    expect([answer.status, errorOf(answer).code, path]).toEqual([429, 'upstream_rate_limited', 'a b c'])
    expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(15)
  })

  it('goes to a changed address with the next request', async () => {
    expect((await ask()).path).toBe('a')
    const calls = upstreams.get('b')?.calls.length ?? 0
    rig.directory.putUpstream(upstreamRecord('a', upstreams.get('b')?.url ?? ''))
    expect((await ask()).path).toBe('a')
    expect(upstreams.get('b')?.calls.length).toBe(calls + 1)
  })
})

describe('gateway rests', () => {
  const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toUTCString()

  it.each([
    ['seconds', () => ({ 'Retry-After': '30' }), 30_000],
    ['a date', () => ({ 'Retry-After': inSeconds(40) }), 40_000],
    ['milliseconds', () => ({ 'retry-after-ms': '20000', 'retry-after': '1' }), 20_000],
    ['more than allowed', () => ({ 'retry-after': '999999' }), 3_600_000],
    ['nothing', () => ({}), 15_000],
    ['nonsense', () => ({ 'retry-after': 'soon' }), 15_000],
    ['a negative time', () => ({ 'retry-after': '-5' }), 15_000],
  ] as const)('last as long as the upstream asks: %s', async (_name, headers, expectedMs) => {
    scripts.set('a', failing(429, headers()))
    const from = Date.now()
    expect((await ask()).path).toBe('a b')
    const { until } = rig.core.health.view('a')
    expect((until ?? 0) - from).toBeGreaterThan(expectedMs - 1_500)
    expect((until ?? 0) - Date.now()).toBeLessThanOrEqual(expectedMs)
  })

  it('that an upstream asked for are kept even when it is the only one, and named to the client', async () => {
    key = rig.pool([upstreamRecord('a', upstreams.get('a')?.url ?? '')])
    scripts.set('a', failing(503, { 'retry-after': '30' }))
    const first = (await ask()).answer
    expect([first.status, first.headers['retry-after']]).toEqual([502, '30'])
    scripts.set('a', healthy)
    const calls = upstreams.get('a')?.calls.length
    const { answer, row } = await ask()
    expect([answer.status, errorOf(answer).code, row?.state, row?.attempts]).toEqual([
      429,
      'no_upstream_ready',
      'refused',
      0,
    ])
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(25)
    expect(JSON.parse(row?.exclusions ?? '[]')).toMatchObject([{ upstreamId: 'a', reason: 'cooling_down' }])
    expect(upstreams.get('a')?.calls.length).toBe(calls)
  })

  it('that are longer than a client waits are said to be final', async () => {
    key = rig.pool([upstreamRecord('a', upstreams.get('a')?.url ?? '')])
    scripts.set('a', failing(429, { 'retry-after': '600' }))
    await ask()
    const { answer } = await ask()
    expect([answer.status, answer.headers['x-should-retry']]).toEqual([429, 'false'])
  })

  it('of no length are none', async () => {
    scripts.set('a', failing(429, { 'retry-after': '0' }))
    expect((await ask()).path).toBe('a b')
    expect(rig.core.health.view('a').state).toBe('ready')
  })

  it('are the operator’s to see, with their reason', async () => {
    scripts.set('a', failing(500))
    await ask()
    expect(rig.core.health.view('a')).toMatchObject({
      state: 'cooling_down',
      reason: 'The upstream answered with status 500.',
      inFlight: 0,
    })
    expect(jsonBodies.chat).not.toContain('status 500')
  })
})
