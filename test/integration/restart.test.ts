/** A restart in place: what needs one comes into force, and neither the operator nor a client has to look for Weir again. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { runHeadless } from '../../src/main/host/headless/run.ts'
import { createApp } from '../../src/main/app.ts'
import { closeApps, startApp } from '../support/app-rig.ts'
import { signIn } from '../support/rpc-client.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await closeApps()
  for (const stop of stops.splice(0)) await stop()
})

/** The headless host in this process; a signal ends it, as it does outside. */
async function startHost(argv: readonly string[], adminPort = ['--admin-port', '0']) {
  const seen = { stdout: '', stderr: '' }
  const ready = Promise.withResolvers<{ baseUrl: string; adminUrl: string }>()
  const ended = runHeadless({
    argv: [...argv, '--json', ...adminPort],
    env: {},
    createCore: createApp,
    version: '0.0.0',
    stdout: (text) => {
      seen.stdout += text
      ready.resolve(JSON.parse(text) as { baseUrl: string; adminUrl: string })
    },
    stderr: (text) => (seen.stderr += text),
  })
  stops.push(async () => {
    process.emit('SIGTERM')
    await ended
    process.removeAllListeners('SIGTERM')
    process.removeAllListeners('SIGINT')
  })
  ended.then((code) => ready.reject(new Error(`ended with ${code}: ${seen.stderr}`)))
  return { ...(await ready.promise), seen }
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe('settings that need a restart', () => {
  it('are saved, reported as waiting, and not in force before', async () => {
    const { call, app } = await startApp({ canRestart: true })
    const rows = await call('settings.update', {
      patch: { 'gateway.connectTimeoutMs': 5_000, 'routing.maxAttempts': 5 },
    })
    expect(rows.find((row) => row.key === 'gateway.connectTimeoutMs')).toMatchObject({
      value: 5_000,
      active: 10_000,
      pendingRestart: true,
    })
    expect(rows.find((row) => row.key === 'routing.maxAttempts')).toMatchObject({ active: 5, pendingRestart: false })
    expect(app.settings()['gateway.connectTimeoutMs']).toBe(10_000)
    const status = await call('system.status', {})
    expect(status.pendingRestart).toEqual([{ key: 'gateway.connectTimeoutMs', active: 10_000, next: 5_000 }])
    expect(status.canRestart).toBe(true)
    await call('settings.reset', { keys: ['gateway.connectTimeoutMs'] })
    expect((await call('system.status', {})).pendingRestart).toEqual([])
  })

  it('say that they wait where the host cannot restart, and refuse to', async () => {
    const { call } = await startApp()
    expect((await call('system.status', {})).canRestart).toBe(false)
    await expect(call('system.restart', {})).rejects.toMatchObject({ code: 'state_conflict' })
    const [row] = (await call('audit.list', { action: 'system.restart' })).rows
    expect(row?.outcome).toBe('failure')
  })
})

describe('a restart of the headless host', () => {
  it('brings them into force with ports, session and clients kept', async () => {
    const { baseUrl, adminUrl } = await startHost(['--data-dir', makeTempDir('restart'), '--port', '0'])
    const operator = await signIn(adminUrl)
    const events = await operator.listen()
    await operator.call('settings.update', { patch: { 'gateway.connectTimeoutMs': 5_000 } })
    const { startedAt } = await operator.call('system.status', {})
    expect(await operator.call('system.restart', {})).toEqual({ restarting: true })
    await expect.poll(async () => (await operator.call('system.status', {})).startedAt).toBeGreaterThan(startedAt)
    const status = await operator.call('system.status', {})
    expect(status.pendingRestart).toEqual([])
    expect(`${status.gateway.url}/v1`).toBe(baseUrl)
    expect((await fetch(baseUrl.replace(/v1$/, 'healthz'))).status).toBe(200)
    await operator.call('pool.create', { name: 'After' })
    await events.until((text) => text.includes('system.changed') && text.includes('pool.changed'))
    events.close()
    const rows = (await operator.call('audit.list', {})).rows
    expect(rows.map((row) => row.action)).toEqual(['pool.create', 'system.restart', 'settings.update'])
  })

  it('keeps the page where it is, and says that a new port of it waits', async () => {
    const dataDir = makeTempDir('restart')
    const [port, next] = [await freePort(), await freePort()]
    const before = await startApp({ dataDir, listen: false })
    await before.call('settings.update', { patch: { 'admin.port': port } })
    await before.close()
    const { adminUrl } = await startHost(['--data-dir', dataDir, '--port', '0'], [])
    expect(new URL(adminUrl).port).toBe(String(port))
    const { call } = await signIn(adminUrl)
    const waiting = { pendingRestart: [{ key: 'admin.port', active: port, next }] }
    await call('settings.update', { patch: { 'admin.port': next } })
    const { startedAt, ...status } = await call('system.status', {})
    expect(status).toMatchObject(waiting)
    await call('system.restart', {})
    await expect.poll(async () => (await call('system.status', {})).startedAt).toBeGreaterThan(startedAt)
    expect(await call('system.status', {})).toMatchObject(waiting)
    await call('settings.update', { patch: { 'admin.port': port } })
    expect((await call('system.status', {})).pendingRestart).toEqual([])
  })

  it('restores a backup that waits for it', async () => {
    const { adminUrl } = await startHost(['--data-dir', makeTempDir('restart'), '--port', '0'])
    const { call } = await signIn(adminUrl)
    const { id } = await call('backup.create', {})
    const made = await call('job.wait', { id })
    await call('pool.create', { name: 'Gone' })
    if (made.kind !== 'backup.create' || made.result === null) throw new Error('no backup')
    const staged = await call('backup.restore', { id: made.result.backup.id })
    await call('job.wait', { id: staged.id })
    await call('system.restart', {})
    await expect.poll(async () => (await call('pool.list', {})).length).toBe(0)
  })

  it('goes back to the address it had when the saved one cannot be had', async () => {
    const [old, taken] = [await freePort(), createServer()]
    taken.listen(0, '127.0.0.1')
    await once(taken, 'listening')
    stops.push(async () => taken.close())
    const dataDir = makeTempDir('restart')
    const before = await startApp({ dataDir, argv: [], listen: false })
    await before.call('settings.update', { patch: { 'gateway.port': old } })
    await before.close()
    const { adminUrl, seen } = await startHost(['--data-dir', dataDir])
    const { call } = await signIn(adminUrl)
    await call('settings.update', { patch: { 'gateway.port': (taken.address() as AddressInfo).port } })
    const { startedAt } = await call('system.status', {})
    await call('system.restart', {})
    await expect.poll(async () => (await call('system.status', {})).startedAt).toBeGreaterThan(startedAt)
    expect((await fetch(`http://127.0.0.1:${old}/healthz`)).status).toBe(200)
    expect(seen.stderr).toContain('the gateway listens where it did')
    expect((await call('settings.list', {})).find((row) => row.key === 'gateway.port')?.overriddenBy).toContain(
      'restart',
    )
  })
})
