/** `npm start` and the `weir` command as an operator uses them: real processes, real sockets, a real database. */
import { execFile } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import type { PoolKey } from '../../src/shared/models/key.ts'
import type { Pool } from '../../src/shared/models/pool.ts'
import type { RequestPage } from '../../src/shared/models/request.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { type Finished, type Host, run, runHost, startHost, weir } from '../support/weir-process.ts'

const hosts: Host[] = []
afterEach(async () => {
  for (const host of hosts.splice(0)) {
    host.signal('SIGKILL')
    await host.ended
  }
})

async function start(dataDir: string, args: readonly string[] = []): Promise<Host> {
  const host = await startHost(dataDir, args)
  hosts.push(host)
  return host
}

function chat(baseUrl: string, apiKey: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'sim-chat', messages: [{ role: 'user', content: 'Hello' }] }),
  })
}

async function untilInFlight(dataDir: string): Promise<void> {
  for (;;) {
    const { gateway } = json<{ gateway: { requestsInFlight: number } }>(await weir(dataDir, ['status', '--json']))
    if (gateway.requestsInFlight > 0) return
  }
}

function json<T>(finished: Finished): T {
  expect(finished).toMatchObject({ code: 0, stderr: '' })
  return JSON.parse(finished.stdout) as T
}

describe('start', () => {
  it('prints one JSON line, whose parts work and do not open each other', async () => {
    const host = await start(makeTempDir('cli'))
    expect(host.baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/)
    expect((await chat(host.baseUrl, host.apiKey)).status).toBe(200)

    const signIn = await fetch(host.adminUrl, { redirect: 'manual' })
    expect(signIn.status).toBe(303)
    const cookie = String(signIn.headers.get('set-cookie')).split(';')[0] ?? ''
    const home = await fetch(new URL('/', host.adminUrl), { headers: { cookie } })
    expect(home.status).toBe(200)
    expect(await home.text()).toContain('<div id="root">')

    const call = { method: 'POST', body: '{"route":"key.list","input":{}}' }
    const rpc = (headers: Record<string, string>) =>
      fetch(new URL('/rpc', host.adminUrl), { ...call, headers: { 'content-type': 'application/json', ...headers } })
    expect((await rpc({ cookie })).status).toBe(200)
    expect((await rpc({ authorization: `Bearer ${host.apiKey}` })).status).toBe(401)
    expect((await rpc({ cookie: `weir_session=${host.apiKey}` })).status).toBe(401)
    const session = cookie.split('=')[1] ?? ''
    expect((await chat(host.baseUrl, session, { cookie })).status).toBe(401)
  })

  it('prints a curl line for a person that answers as pasted', async () => {
    const dataDir = makeTempDir('cli')
    const args = ['start', '--data-dir', dataDir, '--port', '0', '--admin-port', '0', '--demo']
    const host = run(process.execPath, ['bin/weir.mjs', ...args])
    const { stdout } = await host.until((seen) => seen.stdout.includes('Ctrl-C'))
    const line = stdout.split('\n').find((text) => text.startsWith('curl ')) ?? ''
    const { stdout: answer } = await promisify(execFile)('sh', ['-c', `${line} --silent`])
    expect(JSON.parse(answer)).toMatchObject({ object: 'chat.completion' })
    expect(stdout).toContain(dataDir)
    host.signal('SIGINT')
    const ended = await host.ended
    expect(ended.code).toBe(0)
    expect(ended.stderr).toContain('Stopped.')
  })

  it('hands over to the instance that owns the data directory', async () => {
    const dataDir = makeTempDir('cli')
    const host = await start(dataDir)
    const second = await runHost(['--data-dir', dataDir, '--port', '1', '--demo', '--json'])
    expect(second.code).toBe(0)
    const printed = JSON.parse(second.stdout) as Record<string, string>
    expect(printed['baseUrl']).toBe(host.baseUrl)
    expect(second.stderr).toContain('--port')
    expect((await chat(host.baseUrl, String(printed['apiKey']))).status).toBe(200)
    expect((await chat(host.baseUrl, host.apiKey)).status).toBe(401)
    expect((await fetch(String(printed['adminUrl']), { redirect: 'manual' })).status).toBe(303)
    const plain = await runHost(['--data-dir', dataDir, '--json'])
    expect(JSON.parse(plain.stdout)).toMatchObject({ baseUrl: host.baseUrl, apiKey: null })
  })

  it('stops in order on a signal and begins again with the same records', async () => {
    const dataDir = makeTempDir('cli')
    const first = await start(dataDir)
    first.signal('SIGTERM')
    expect(await first.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('Stopped.') })
    const again = await start(dataDir)
    expect((await chat(again.baseUrl, again.apiKey)).status).toBe(200)
    expect(json<Pool[]>(await weir(dataDir, ['pool', 'list', '--json'])).map((pool) => pool.name)).toEqual(['Demo'])
    expect(json<PoolKey[]>(await weir(dataDir, ['key', 'list', '--json']))).toHaveLength(1)
  })

  it('takes two signals at once for one, as npm passes on what the terminal sent already', async () => {
    const host = await start(makeTempDir('cli'))
    host.signal('SIGINT')
    host.signal('SIGINT')
    expect(await host.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('Stopped.') })
  })

  it('stops at once on a second signal, while a request still runs', async () => {
    const dataDir = makeTempDir('cli')
    const host = await start(dataDir)
    const slow = ['upstream', 'update', 'Demo simulator', '--simulate', 'latencyMs=600000']
    expect((await weir(dataDir, slow)).code).toBe(0)
    const answer = chat(host.baseUrl, host.apiKey).catch(() => null)
    await untilInFlight(dataDir)
    host.signal('SIGTERM')
    await host.until((seen) => seen.stderr.includes('stopping'))
    const again = setInterval(() => host.signal('SIGTERM'), 100)
    const { code, stderr } = await host.ended
    clearInterval(again)
    await answer
    expect(code).toBe(143)
    expect(stderr).not.toContain('Stopped.')
  })

  it('says what it cut', async () => {
    const dataDir = makeTempDir('cli')
    const host = await start(dataDir)
    expect((await weir(dataDir, ['settings', 'set', 'gateway.drainTimeoutMs', '0'])).code).toBe(0)
    const slow = ['upstream', 'update', 'Demo simulator', '--simulate', 'latencyMs=600000']
    expect((await weir(dataDir, slow)).code).toBe(0)
    const answer = chat(host.baseUrl, host.apiKey).catch(() => null)
    await untilInFlight(dataDir)
    host.signal('SIGTERM')
    expect((await host.ended).stderr).toContain('Cut 1 running request.')
    await answer
  })

  it('begins again after it was killed', async () => {
    const dataDir = makeTempDir('cli')
    const first = await start(dataDir)
    first.signal('SIGKILL')
    await first.ended
    const again = await start(dataDir)
    expect((await weir(dataDir, ['status'])).stdout).toContain(again.baseUrl)
  })

  it('says in one paragraph why it cannot start', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    try {
      for (const flag of ['--port', '--admin-port']) {
        const rest = flag === '--port' ? '--admin-port' : '--port'
        const failed = await runHost(['--data-dir', makeTempDir('cli'), flag, String(port), rest, '0', '--json'])
        expect(failed).toMatchObject({ code: 6, stdout: '' })
        expect(failed.stderr).toContain(String(port))
        expect(failed.stderr).toContain('(port_in_use)')
      }
    } finally {
      await new Promise((resolve) => other.close(resolve))
    }
    const wrong = await runHost(['--port', 'http'])
    expect(wrong).toMatchObject({ code: 2, stdout: '' })
    expect(wrong.stderr).toContain('--port is "http"')
  })

  it('prints help and version without starting', async () => {
    expect(await runHost(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('--admin-port') })
    expect((await runHost(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it('prints nothing but the line under npm as the README says', async () => {
    const dataDir = makeTempDir('cli')
    const env = { WEIR_DATA_DIR: dataDir, WEIR_PORT: '0', WEIR_ADMIN_PORT: '0' }
    const host = run('npm', ['start', '--silent', '--', '--demo', '--json'], { env })
    const { stdout } = await host.until((seen) => seen.stdout.includes('\n'))
    const printed = JSON.parse(stdout) as Record<string, string>
    expect((await chat(String(printed['baseUrl']), String(printed['apiKey']))).status).toBe(200)
    host.signal('SIGTERM')
    const ended = await host.ended
    // npm itself may be gone before; the output ends when Weir does.
    expect(ended.stdout).toBe(stdout)
    expect(ended.stderr).toContain('starting without a window')
    expect(ended.stderr).toContain('Stopped.')
  })
})

describe.each(['a running instance', 'the data directory'])('weir on %s', (where) => {
  async function open(): Promise<{ dataDir: string; host: Host | null }> {
    const dataDir = makeTempDir('cli')
    return { dataDir, host: where === 'a running instance' ? await start(dataDir) : null }
  }

  it('makes an upstream, a Pool and a key, and changes them', async () => {
    const { dataDir, host } = await open()
    const upstream = ['upstream', 'add', 'Sim', '--kind', 'simulator', '--simulate', 'words=3']
    expect(await weir(dataDir, upstream)).toMatchObject({ code: 0, stdout: expect.stringContaining('Sim') })
    expect((await weir(dataDir, ['pool', 'create', 'Team', '--upstream', 'sim:1:5'])).code).toBe(0)
    const create = ['key', 'create', 'laptop', '--pool', 'team', '--model', 'sim-chat', '--expires', '30d', '--json']
    const made = json<{ key: PoolKey; secret: string }>(await weir(dataDir, create))
    expect(made.secret.startsWith(made.key.prefix)).toBe(true)
    expect(made.key.modelPolicy).toEqual({ mode: 'selected', models: ['sim-chat'] })

    const rotated = json<{ secret: string }>(
      await weir(dataDir, ['key', 'rotate', 'laptop', '--pool', 'Team', '--json']),
    )
    expect(rotated.secret).not.toBe(made.secret)
    if (host !== null) expect((await chat(host.baseUrl, made.secret)).status).toBe(401)
    expect((await weir(dataDir, ['key', 'pause', made.key.id])).stdout).toMatch(/Status\s+paused/)
    if (host !== null) expect((await chat(host.baseUrl, rotated.secret)).status).toBe(403)
    expect((await weir(dataDir, ['key', 'resume', made.key.prefix])).stdout).toMatch(/Status\s+active/)
    if (host !== null) expect((await chat(host.baseUrl, rotated.secret)).status).toBe(200)

    const keys = await weir(dataDir, ['key', 'list', '--pool', 'Team'])
    expect(keys.stdout).toContain('laptop')
    expect(keys.stdout).not.toContain(rotated.secret)
    expect((await weir(dataDir, ['key', 'revoke', 'laptop'])).stdout).toMatch(/Status\s+revoked/)
    expect((await weir(dataDir, ['audit'])).stdout).toContain('key.revoke')
  })

  it('rotates a key with a grace and ends it', async () => {
    const { dataDir, host } = await open()
    await weir(dataDir, ['upstream', 'add', 'Sim', '--kind', 'simulator'])
    await weir(dataDir, ['pool', 'create', 'Team', '--upstream', 'sim'])
    const create = ['key', 'create', 'laptop', '--pool', 'team', '--json']
    const old = json<{ secret: string }>(await weir(dataDir, create)).secret
    const isOpen = async () => host === null || (await chat(host.baseUrl, old)).status === 200
    const rotated = await weir(dataDir, ['key', 'rotate', 'laptop', '--grace', '24h'])
    expect(rotated.stdout).toMatch(/Old secret\s+opens until \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ, not used since/)
    expect(await weir(dataDir, ['key', 'rotate', 'laptop', '--grace', '8d'])).toMatchObject({ code: 2 })
    expect(await isOpen()).toBe(true)
    const ended = await weir(dataDir, ['key', 'end-grace', 'laptop'])
    expect(ended).toMatchObject({ code: 0, stdout: expect.not.stringContaining('Old secret') })
    if (host !== null) expect(await isOpen()).toBe(false)
    const { stdout } = await weir(dataDir, ['audit'])
    expect(stdout).toContain('key.endGrace')
    for (const secret of [old, rotated.stdout.split('\n').find((line) => line.startsWith('sk-weir-')) ?? '?']) {
      expect(stdout).not.toContain(secret.slice(-38))
    }
  })

  it('sets and resets a setting', async () => {
    const { dataDir } = await open()
    const set = await weir(dataDir, ['settings', 'set', 'routing.maxAttempts', '7'])
    expect(set).toMatchObject({ code: 0, stdout: 'routing.maxAttempts is 7.\n' })
    expect((await weir(dataDir, ['settings', 'reset', 'routing.maxAttempts'])).stdout).toContain('is 3.')
    const hosts = ['settings', 'set', 'gateway.allowedHosts', 'a.example, b.example', '--json']
    expect(json<{ value: unknown }>(await weir(dataDir, hosts)).value).toEqual(['a.example', 'b.example'])
  })

  it.each([
    [['pool', 'create', 'Team', '--nope'], 2, 'invalid_option'],
    [['settings', 'set', 'routing.maxAttempts', 'many'], 2, 'invalid_input'],
    [['pool', 'update', 'Nobody', '--name', 'x'], 3, 'not_found'],
    [['pool', 'create', 'team'], 4, 'name_taken'],
  ])('ends %j with exit code %i and says %s', async (args, code, name) => {
    const { dataDir } = await open()
    expect((await weir(dataDir, ['pool', 'create', 'Team'])).code).toBe(0)
    const plain = await weir(dataDir, args)
    expect(plain).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(/^weir: .+\n$/) })
    expect(plain.stderr).toContain(`(${name})`)
    const asJson = await weir(dataDir, [...args, '--json'])
    expect([asJson.code, asJson.stdout]).toEqual([code, ''])
    expect(JSON.parse(asJson.stderr)).toMatchObject({ error: { code: name, message: expect.any(String) } })
  })
})

describe('weir', () => {
  it('shows what was served', async () => {
    const dataDir = makeTempDir('cli')
    const host = await start(dataDir)
    expect((await chat(host.baseUrl, host.apiKey)).status).toBe(200)
    const page = json<RequestPage>(await weir(dataDir, ['logs', '--key', 'Demo key', '--state', 'completed', '--json']))
    expect(page.rows).toHaveLength(1)
    const [row] = page.rows
    expect(row).toMatchObject({ model: 'sim-chat', status: 200, state: 'completed' })
    const detail = await weir(dataDir, ['logs', String(row?.id)])
    expect(detail.stdout).toContain('Demo simulator')
    expect((await weir(dataDir, ['logs', '--state', 'failed'])).stdout).toContain('No requests match.')
  })

  it('follows what is served from now on', async () => {
    const dataDir = makeTempDir('cli')
    const host = await start(dataDir)
    const follow = run(process.execPath, ['bin/weir.mjs', 'logs', '--follow', '--json', '--data-dir', dataDir])
    // It may have begun before or after any one request: send until it shows one.
    const watch = { isDone: false }
    const seen = follow.until(({ stdout }) => stdout.includes('\n')).finally(() => (watch.isDone = true))
    while (!watch.isDone) {
      expect((await chat(host.baseUrl, host.apiKey)).status).toBe(200)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(JSON.parse((await seen).stdout.split('\n')[0] ?? '')).toMatchObject({ model: 'sim-chat' })
    follow.signal('SIGKILL')
    await follow.ended
  })

  it('tests an upstream and fails when the test does', async () => {
    const dataDir = makeTempDir('cli')
    await start(dataDir)
    expect((await weir(dataDir, ['upstream', 'test', 'Demo simulator'])).code).toBe(0)
    // Nothing listens on the discard port.
    const address = ['--kind', 'openai-compatible', '--base-url', 'http://127.0.0.1:9/v1']
    expect((await weir(dataDir, ['upstream', 'add', 'Broken', ...address])).code).toBe(0)
    const failed = await weir(dataDir, ['upstream', 'test', 'Broken'])
    expect(failed).toMatchObject({ code: 1, stdout: expect.stringContaining('upstream_unreachable') })
    expect((await weir(dataDir, ['upstream', 'pause', 'Broken'])).stdout).toMatch(/State\s+paused/)
  })

  it('says that none runs, where one is needed', async () => {
    const dataDir = makeTempDir('cli')
    for (const args of [['status'], ['logs', '--follow']]) {
      const none = await weir(dataDir, args)
      expect(none).toMatchObject({ code: 5, stdout: '', stderr: expect.stringContaining('instance_not_running') })
    }
  })

  it('takes a secret from stdin or a variable and shows neither', async () => {
    const dataDir = makeTempDir('cli')
    const env = { WEIR_PASSPHRASE: 'correct horse', PROVIDER_KEY: 'sk-provider-hush-2', ORG: 'org-hush' }
    const address = ['--kind', 'openai-compatible', '--base-url', 'http://127.0.0.1:9/v1']
    const piped = await weir(dataDir, ['upstream', 'add', 'Piped', ...address, '--secret-stdin'], {
      env,
      stdin: 'sk-provider-hush-1\n',
    })
    expect(piped.code).toBe(0)
    const named = ['upstream', 'add', 'Named', ...address, '--secret-env', 'PROVIDER_KEY', '--header-env', 'x-org=ORG']
    const fromEnv = await weir(dataDir, named, { env })
    expect(fromEnv.code).toBe(0)
    const listed = await weir(dataDir, ['upstream', 'list', '--json'], { env })
    const audited = await weir(dataDir, ['audit', '--json'], { env })
    for (const { stdout, stderr } of [piped, fromEnv, listed, audited])
      expect(`${stdout}${stderr}`).not.toContain('hush')
  })

  it('explains itself', async () => {
    const dataDir = makeTempDir('cli')
    expect((await weir(dataDir, ['--help'])).stdout).toContain('weir key create')
    expect((await weir(dataDir, ['key', '--help'])).stdout).not.toContain('weir pool')
    expect((await weir(dataDir, ['key', 'create', '--help'])).stdout).toContain('--enforce-effort')
    expect(await weir(dataDir, ['kye', 'list'])).toMatchObject({ code: 2, stderr: expect.stringContaining('kye') })
    expect(await weir(dataDir, ['key'])).toMatchObject({ code: 2, stdout: '' })
  })
})
