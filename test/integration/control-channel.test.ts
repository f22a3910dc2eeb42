/** The control channel of the `weir` command over a real socket file, before a core that only records its calls. */
import { existsSync, linkSync, mkdirSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { controlCall, isInstanceRunning } from '../../src/main/host/headless/control-client.ts'
import { controlPath } from '../../src/main/host/headless/control-path.ts'
import { openControlServer } from '../../src/main/host/headless/control-server.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const opened: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close()
})

describe('control channel', () => {
  async function open(dataDir: string) {
    const calls: { route: string; input: unknown; actor: string }[] = []
    const server = await openControlServer(dataDir, (route, input, { actor }) => {
      calls.push({ route, input, actor })
      return Promise.resolve({ ok: true, value: { route } })
    })
    opened.push(server)
    return { calls, server }
  }

  it('dispatches calls of the command', async () => {
    const dataDir = makeTempDir('control')
    expect(await isInstanceRunning(dataDir)).toBe(false)
    const { calls, server } = await open(dataDir)
    await expect(controlCall(dataDir)('pool.get', { id: 'x' })).resolves.toEqual({ route: 'pool.get' })
    expect(calls.at(-1)).toEqual({ route: 'pool.get', input: { id: 'x' }, actor: 'command' })
    expect(await isInstanceRunning(dataDir)).toBe(true)
    expect(statSync(server.path).mode & 0o777).toBe(0o600)
    await server.close()
    expect(await isInstanceRunning(dataDir)).toBe(false)
  })

  it('takes the place of a socket that a killed process left behind', async () => {
    const dataDir = makeTempDir('control')
    const { path } = controlPath(dataDir)
    // Node removes the file of a server that it closes; a hard link to it stays, as after a kill.
    const dead = createServer()
    await new Promise<void>((resolve) => dead.listen(`${path}.dead`, resolve))
    linkSync(`${path}.dead`, path)
    await new Promise((resolve) => dead.close(resolve))
    expect(existsSync(path)).toBe(true)
    expect(await isInstanceRunning(dataDir)).toBe(false)
    await open(dataDir)
    expect(await isInstanceRunning(dataDir)).toBe(true)
  })

  it('finds a private place where the path of the data directory is too long', async () => {
    const dataDir = join(makeTempDir('control'), 'long'.repeat(30))
    mkdirSync(dataDir)
    const { server } = await open(dataDir)
    expect(server.path.startsWith(dataDir)).toBe(false)
    expect(statSync(join(server.path, '..')).mode & 0o777).toBe(0o700)
    expect(await isInstanceRunning(dataDir)).toBe(true)
  })

  it('answers a path other than /rpc with an envelope', async () => {
    const { server } = await open(makeTempDir('control'))
    const text = await new Promise<string>((resolve, reject) => {
      const call = request({ socketPath: server.path, path: '/', agent: false }, (response) => {
        response.setEncoding('utf8')
        response.on('data', resolve)
      })
      call.on('error', reject)
      call.end()
    })
    expect(JSON.parse(text)).toMatchObject({ ok: false, error: { code: 'unknown_route' } })
  })
})
