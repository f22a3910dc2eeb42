/** The gateway moves between addresses and ports of this machine while it serves. Every address is a real one. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import { closeApps, startApp, type AppRig } from '../support/app-rig.ts'

const others: Server[] = []
afterEach(async () => {
  await closeApps()
  for (const server of others.splice(0)) server.close()
})

/** Of the network where there is one; else another loopback address stands for it. */
const lan = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find((entry) => !entry.internal && entry.family === 'IPv4')?.address

function reaches(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

async function occupied(host: string, port = 0): Promise<number> {
  const server = createServer()
  others.push(server)
  server.listen(port, host)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function freePort(): Promise<number> {
  const port = await occupied('127.0.0.1')
  const server = others.pop()
  server?.close()
  if (server !== undefined) await once(server, 'close')
  return port
}

/** A Pool on the simulator, and a key for it. */
async function withKey({ call }: AppRig): Promise<{ id: string; secret: string }> {
  const upstream = await call('upstream.create', {
    kind: 'simulator',
    name: 'Sim',
    simulator: { words: 40, chunkDelayMs: 20 },
  })
  const pool = await call('pool.create', { name: 'Team', assignments: [{ upstreamId: upstream.id }] })
  const { key, secret } = await call('key.create', { poolId: pool.id, name: 'laptop' })
  return { id: key.id, secret }
}

function ask(origin: string, secret: string, stream: boolean): Promise<Response> {
  return fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sim-chat', stream, messages: [{ role: 'user', content: 'Hello' }] }),
  })
}

const freeArgv = ['--port', '0']

describe('sharing', () => {
  it('says where the gateway listens, what that exposes, and which addresses to give out', async () => {
    const { call } = await startApp({ argv: freeArgv })
    const status = await call('sharing.status', {})
    expect(status).toMatchObject({ scope: 'machine', exposed: false, listening: true, host: '127.0.0.1' })
    expect(status.facts.map((fact) => fact.code)).toEqual(['this_machine_only', 'admin_stays_local', 'fixed_by_start'])
    expect(status.baseUrls).toEqual([
      { url: `http://127.0.0.1:${status.port}/v1`, interface: expect.any(String), reach: 'machine' },
    ])
    expect(status.fixedBy).toEqual({ host: null, port: '--port' })
  })

  it.skipIf(lan === undefined)('opens one address of the network and keeps loopback, and closes it again', async () => {
    const rig = await startApp()
    const { call } = rig
    const { secret } = await withKey(rig)
    const shared = await call('sharing.set', { address: lan ?? '' })
    expect(shared).toMatchObject({ scope: 'interface', exposed: true, host: lan })
    expect(shared.facts.map((fact) => fact.code)).toContain('unencrypted')
    expect(shared.baseUrls.map((entry) => entry.url)).toContain(`http://${lan}:${shared.port}/v1`)
    // The guard takes the address as a Host, with a key; the same door stays open to this machine.
    for (const host of [lan ?? '', '127.0.0.1']) {
      expect((await ask(`http://${host}:${shared.port}`, secret, false)).status).toBe(200)
    }
    expect((await call('system.status', {})).gateway).toMatchObject({ exposed: true, listening: true })
    expect((await call('sharing.set', { address: 'loopback' })).scope).toBe('machine')
    expect(await reaches(lan ?? '', shared.port)).toBe(false)
    expect(await reaches('127.0.0.1', shared.port)).toBe(true)
    const rows = (await call('audit.list', { action: 'sharing.set' })).rows
    expect(rows.map((row) => row.after)).toEqual([{ 'gateway.host': '127.0.0.1' }, { 'gateway.host': lan }])
  })

  it('takes the name of an interface for its address', async () => {
    const { call } = await startApp()
    const { interfaces } = await call('sharing.status', {})
    const wanted = interfaces.find((entry) => entry.family === 'IPv4' && entry.kind !== 'loopback') ?? interfaces[0]
    expect((await call('sharing.set', { address: wanted?.name ?? '' })).host).toBe(wanted?.address)
  })

  it('opens every interface on the same port and goes back, with a stream that runs on untouched', async () => {
    const rig = await startApp()
    const { call } = rig
    const { secret } = await withKey(rig)
    const before = await call('sharing.status', {})
    const answer = await ask(`http://127.0.0.1:${before.port}`, secret, true)
    expect(answer.status).toBe(200)
    const all = await call('sharing.set', { address: 'all' })
    expect(all).toMatchObject({ scope: 'all', host: '0.0.0.0', port: before.port })
    expect(all.facts.map((fact) => fact.code)).toContain('every_interface')
    expect((await ask(`http://127.0.0.1:${all.port}`, secret, false)).status).toBe(200)
    expect((await call('sharing.set', { address: 'loopback' })).port).toBe(before.port)
    expect(await answer.text()).toContain('[DONE]')
    expect((await ask(`http://127.0.0.1:${before.port}`, secret, false)).status).toBe(200)
  })

  it('moves to another port, lets what runs on the old one finish, and takes nothing new there', async () => {
    const port = await freePort()
    const rig = await startApp({ argv: [], env: {}, listen: false })
    await rig.call('settings.update', { patch: { 'gateway.port': port } })
    await rig.close()
    const again = await startApp({ dataDir: rig.dataDir, argv: [] })
    const { secret } = await withKey(again)
    const idle: Socket = connect(port, '127.0.0.1')
    idle.write(`GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`)
    await once(idle, 'data')
    const silent = connect(port, '127.0.0.1')
    await once(silent, 'connect')
    const answer = await ask(`http://127.0.0.1:${port}`, secret, true)
    const next = await freePort()
    const closed = Promise.all([once(idle, 'close'), once(silent, 'close')])
    const moved = await again.call('sharing.set', { address: 'loopback', port: next })
    expect(moved.port).toBe(next)
    expect(again.app.gatewayUrl).toBe(`http://127.0.0.1:${next}`)
    expect(await reaches('127.0.0.1', port)).toBe(false)
    await closed
    expect(await answer.text()).toContain('[DONE]')
    expect((await ask(`http://127.0.0.1:${next}`, secret, false)).status).toBe(200)
    expect((await again.call('settings.list', {})).find((row) => row.key === 'gateway.port')).toMatchObject({
      value: next,
      active: next,
      pendingRestart: false,
    })
    expect(again.events).toContainEqual({ type: 'system.changed' })
  })

  it('stays where it is when the new address cannot be had, and says why', async () => {
    const rig = await startApp({ argv: [], env: {}, listen: false })
    const port = await freePort()
    await rig.call('settings.update', { patch: { 'gateway.port': port } })
    await rig.close()
    const { call, app } = await startApp({ dataDir: rig.dataDir, argv: [] })
    const taken = await occupied('127.0.0.1')
    await expect(call('sharing.set', { address: 'loopback', port: taken })).rejects.toMatchObject({
      code: 'port_in_use',
      message: expect.stringContaining(`stays on 127.0.0.1 port ${port}`),
    })
    expect((await fetch(`${app.gatewayUrl}/healthz`)).status).toBe(200)
    expect((await call('sharing.status', {})).port).toBe(port)
    const [row] = (await call('audit.list', { action: 'sharing.set', limit: 1 })).rows
    expect(row).toMatchObject({ outcome: 'failure', errorCode: 'port_in_use', before: null, after: null })
    expect((await call('settings.list', {})).find((entry) => entry.key === 'gateway.host')?.value).toBe('127.0.0.1')
  })

  it.skipIf(lan === undefined)('comes back where it was when every interface cannot be had on its port', async () => {
    const { call, app } = await startApp()
    const { port } = await call('sharing.status', {})
    // The listener on loopback must close first, and is opened again.
    await occupied(lan ?? '', port)
    await expect(call('sharing.set', { address: 'all' })).rejects.toMatchObject({ code: 'port_in_use' })
    expect((await fetch(`${app.gatewayUrl}/healthz`)).status).toBe(200)
    expect(await call('sharing.status', {})).toMatchObject({ scope: 'machine', listening: true, port })
  })

  it.each([
    [{ address: '203.0.113.7' }, 'invalid_input', /no such address or interface/],
    [{ address: 'eth99' }, 'invalid_input', /no such address or interface/],
    [{ address: 'loopback', port: 4142 }, 'state_conflict', /fixed by --port/],
    [{ address: 'all' }, 'state_conflict', /fixed by --host/],
    [{ address: 'a\nb' }, 'invalid_input', /address/],
  ])('refuses %j', async (change, code, message) => {
    const { call } = await startApp({ argv: ['--port', '0', '--host', '127.0.0.1'] })
    const refused = expect.objectContaining({ code, message: expect.stringMatching(message) })
    await expect(call('sharing.set', change)).rejects.toEqual(refused)
  })

  it('refuses to move a gateway that does not listen', async () => {
    const { call } = await startApp({ listen: false })
    await expect(call('sharing.set', { address: 'all' })).rejects.toMatchObject({ code: 'state_conflict' })
    expect((await call('sharing.status', {})).listening).toBe(false)
  })

  it('names who is connected: address, key, and how often of late', async () => {
    const rig = await startApp()
    const { id, secret } = await withKey(rig)
    for (const stream of [false, true, false]) await (await ask(rig.app.gatewayUrl, secret, stream)).text()
    await expect
      .poll(async () => (await rig.call('sharing.status', {})).clients)
      .toMatchObject([{ address: '127.0.0.1', keyId: id, keyName: 'laptop', recentRequests: 3 }])
  })
})
