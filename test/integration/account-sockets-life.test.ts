/** How WebSockets to a ChatGPT account come to be and end: refused, renewed, silent, idle, too many, at a stop. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Settings } from '../../src/shared/settings.ts'
import { openSocketHouse, type SocketHouse } from '../support/socket-house.ts'

let house: SocketHouse
afterEach(() => house.close())

async function open(settings: Partial<Settings> = {}): Promise<SocketHouse> {
  house = await openSocketHouse()
  await house.rig.call('settings.update', { patch: settings })
  return house
}

/** What follows an import by itself: it must not be who meets an expired token. */
async function settled(): Promise<void> {
  await expect.poll(() => house.server.calls.filter(({ path }) => path.endsWith('/models')).length).toBe(2)
}

const sockets = () => house.server.webSockets
const httpTurns = () => house.server.turns().length - sockets().turns.length

async function status(session = 'session'): Promise<number> {
  return (await house.turn(session)).status
}

describe('an upgrade', () => {
  it('that is refused with 401 has the tokens renewed once, and the turn goes over a new socket', async () => {
    const { server } = await open()
    await settled()
    server.oauth.expireAll()
    expect(await status()).toBe(200)
    expect([server.oauth.counts.refresh, sockets().upgrades.length, httpTurns()]).toEqual([1, 2, 0])
    expect((await house.last()).tries).toEqual(['first token_expired', 'first 200'])
  })

  it('of 20 sessions that meet an expired token together renews it once', async () => {
    const { server } = await open()
    await settled()
    server.oauth.behaviour.refreshDelayMs = 200
    server.oauth.expireAll()
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => status(`session-${String(i)}`)))
    expect(new Set(all)).toEqual(new Set([200]))
    expect(server.oauth.counts.refresh).toBe(1)
  })

  it.each([404, 405, 426, 501])(
    'that is refused with %i: the same attempt goes over HTTP, and later ones',
    async (code) => {
      await open()
      sockets().behaviour.refuses = { status: code, json: false }
      expect([await status(), await status('other')]).toEqual([200, 200])
      expect([sockets().upgrades.length, httpTurns()]).toEqual([1, 2])
      expect((await house.last()).tries).toHaveLength(1)
      const { health } = await house.rig.call('upstream.get', { id: house.upstreamId })
      expect(health).toMatchObject({ state: 'ready', breakers: [] })
      expect(house.rig.log.join('\n')).toContain('an upstream takes no WebSocket')
    },
  )

  it('that something on the way refuses, or never answers, is no failure of the account', async () => {
    await open({ 'gateway.connectTimeoutMs': 200 })
    // It is read at a start.
    await house.restart()
    sockets().behaviour.refuses = { status: 502, json: false }
    expect(await status()).toBe(200)
    expect((await house.last()).tries).toHaveLength(1)
    // What was learnt of the address goes with it.
    await house.rig.call('upstream.update', { id: house.upstreamId, patch: { proxyUrl: 'http://127.0.0.1:9' } })
    await house.rig.call('upstream.update', { id: house.upstreamId, patch: { proxyUrl: null } })
    Object.assign(sockets().behaviour, { refuses: null, hangs: true })
    expect(await status()).toBe(200)
    expect([sockets().upgrades.length, httpTurns(), (await house.last()).upstream]).toEqual([2, 2, 'first'])
  })

  it('that the provider refuses in its own words is an answer, which nobody goes round over HTTP', async () => {
    await open()
    sockets().behaviour.refuses = { status: 429, json: true }
    expect(await status()).toBe(429)
    expect((await house.last()).tries).toEqual(['first of_the_stand_in', 'second of_the_stand_in'])
    expect([sockets().upgrades.length, house.server.turns().length]).toEqual([2, 0])
    const { health } = await house.rig.call('upstream.get', { id: house.upstreamId })
    expect(health.state).toBe('cooling_down')
  })

  it('is not tried where an outbound proxy stands between, or the operator wants none', async () => {
    await open({ 'accounts.useSockets': false })
    expect(await status()).toBe(200)
    expect([sockets().upgrades.length, httpTurns()]).toEqual([0, 1])
    await house.rig.call('settings.update', { patch: { 'accounts.useSockets': true } })
    await house.rig.call('upstream.update', { id: house.upstreamId, patch: { proxyUrl: 'http://127.0.0.1:9' } })
    expect(await status()).toBe(200)
    expect(sockets().turns.map(({ account }) => account)).toEqual(['acct-0002'])
  })
})

describe('an open socket', () => {
  it('that is half open is noticed, and a turn before its output goes elsewhere', async () => {
    await open({ 'gateway.socketPingMs': 400 })
    sockets().behaviour.goesSilent = true
    setTimeout(() => (sockets().behaviour.goesSilent = false), 100)
    const startedAt = performance.now()
    expect(await status()).toBe(200)
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    const { tries, upstream } = await house.last()
    expect([tries[0], upstream]).toEqual(['first websocket silent', 'second'])
  })

  it('stays open for pings, is closed when nothing comes, and the next turn has another', async () => {
    await open({ 'gateway.socketPingMs': 100, 'gateway.socketIdleMs': 1_000 })
    await status()
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(sockets().open).toBe(1)
    await expect.poll(() => sockets().closed, { timeout: 5_000 }).toEqual([1_000])
    expect(await status()).toBe(200)
    expect(sockets().upgrades).toHaveLength(2)
  })

  it('that the provider closes while it is idle is replaced without a word', async () => {
    await open()
    await status()
    sockets().closeAll(1_001)
    await expect.poll(() => sockets().open).toBe(0)
    expect(await status()).toBe(200)
    expect((await house.last()).tries.length).toBeLessThan(2)
  })

  it('is left for a new one once the tokens are renewed, and its running turn ends on it', async () => {
    await open()
    await settled()
    sockets().behaviour.pauseMs = 1_000
    const running = house.turn('one')
    await expect.poll(() => sockets().turns.length).toBe(1)
    sockets().behaviour.pauseMs = 0
    await status('idle')
    house.server.oauth.expireAll()
    await status('refused')
    await expect.poll(() => sockets().closed).toEqual([1_000])
    expect((await running).text).toContain('response.completed')
    await expect.poll(() => sockets().closed).toEqual([1_000, 1_000])
    await status('one')
    const used = sockets().turns.map((call) => call.headers.authorization)
    expect(used[1]).toBe(used[0])
    expect(used.slice(2).map((token) => token === used[0])).toEqual([false, false])
    expect(house.server.oauth.counts.refresh).toBe(1)
  })

  it('of an account that is paused is closed after its turn', async () => {
    await open()
    await status()
    await house.rig.call('upstream.pause', { id: house.upstreamId })
    await expect.poll(() => sockets().closed).toEqual([1_000])
    expect(await status()).toBe(200)
    expect(sockets().turns.at(-1)?.account).toBe('acct-0002')
  })

  it('is closed when its client leaves in the middle of a turn, and only then', async () => {
    await open()
    sockets().behaviour.pauseMs = 3_000
    const control = new AbortController()
    const answer = await house.stream('session', control.signal)
    await answer.body?.getReader().read()
    control.abort()
    await expect.poll(() => sockets().closed, { timeout: 2_000 }).toEqual([1_006])
    await expect.poll(async () => (await house.last()).state).toBe('aborted')
  })

  it('waits for a client that reads slowly, and loses nothing', async () => {
    await open()
    sockets().behaviour.padding = 3_000_000
    const answer = await house.stream('session')
    await new Promise((resolve) => setTimeout(resolve, 300))
    const text = await answer.text()
    expect(text.length).toBeGreaterThan(3_000_000)
    expect(text).toContain('response.completed')
    sockets().behaviour.padding = 0
    await status()
    expect(new Set(sockets().turns.map((call) => call.socket)).size).toBe(1)
  })
})

describe('the bounds', () => {
  it('close the socket that was idle longest, and send a turn over HTTP where all are busy', async () => {
    await open({ 'gateway.maxUpstreamSockets': 2 })
    for (const session of ['a', 'b', 'c']) expect(await status(session)).toBe(200)
    await expect.poll(() => [sockets().open, sockets().closed]).toEqual([2, [1_000]])
    await status('b')
    expect(sockets().upgrades).toHaveLength(3)
    sockets().behaviour.pauseMs = 400
    const all = await Promise.all(['b', 'c', 'd'].map(async (session) => status(session)))
    expect(all).toEqual([200, 200, 200])
    expect([sockets().upgrades.length, httpTurns()]).toEqual([3, 1])
  })

  it('hold for one upstream as well', async () => {
    await open({ 'gateway.maxSocketsPerUpstream': 1 })
    sockets().behaviour.pauseMs = 300
    expect(await Promise.all(['a', 'b'].map(async (session) => status(session)))).toEqual([200, 200])
    expect([sockets().upgrades.length, httpTurns()]).toEqual([1, 1])
  })
})

describe('a stop', () => {
  it('lets a running turn end, and leaves no socket', async () => {
    await open()
    await status('idle')
    sockets().behaviour.pauseMs = 500
    const running = house.turn('running')
    await expect.poll(() => sockets().turns.length).toBe(2)
    await house.rig.close()
    expect((await running).text).toContain('response.completed')
    await expect.poll(() => sockets().open).toBe(0)
  })
})
