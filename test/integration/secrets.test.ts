import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { findCanaries, plantCanaries } from '../support/canaries.ts'
import { createKeyring, type Keyring, type RunOptions } from '../support/keyring.ts'
import { tempDir } from '../support/temp-dir.ts'
import type { SecretOperation, SecretReport, SecretScript } from '../support/secret-process.ts'

const worker = resolve(import.meta.dirname, '../support/secret-process.ts')
const canaries = plantCanaries('short', 'long', 'passphrase')
/** 6 KB that mean something at both ends and hold characters of every width. */
const long = `${canaries.long}${'aé漢😀\n'.repeat(500)}${canaries.long}`

const removals: (() => void)[] = []
let keyring: Keyring

beforeAll(() => {
  keyring = makeKeyring()
})

afterAll(() => {
  for (const remove of removals) remove()
})

function makeKeyring(): Keyring {
  const made = createKeyring()
  removals.push(() => made.remove())
  return made
}

function makeTempDir(name: string): string {
  const made = tempDir(name)
  removals.push(() => made.remove())
  return made.path
}

/** One process: opens the store, runs the operations, ends. */
async function runStore(script: SecretScript, options: RunOptions = {}): Promise<SecretReport> {
  const result = await keyring.run([worker], { ...options, stdin: JSON.stringify(script) })
  if (result.exitCode !== 0) throw new Error(`the process ended with ${result.exitCode}: ${result.stderr}`)
  expect(result.stderr).toBe('')
  return JSON.parse(result.stdout) as SecretReport
}

function set(id: string, value: string): SecretOperation {
  return { op: 'set', id, value }
}

function get(id: string): SecretOperation {
  return { op: 'get', id }
}

function remove(id: string): SecretOperation {
  return { op: 'delete', id }
}

/** What the service of this data directory holds, asked of the keychain itself. */
async function listAccounts(dataDir: string): Promise<string[]> {
  const service = `Weir-${createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 12)}`
  const list = `require('keytar').findCredentials('${service}').then((all) => console.log(JSON.stringify(all.map((c) => c.account))))`
  const { stdout } = await keyring.run(['-e', list])
  return JSON.parse(stdout) as string[]
}

describe('secrets in the keychain', () => {
  it('keeps a 6 KB secret across processes, exactly, and writes no file', async () => {
    const dataDir = makeTempDir('secrets')
    const written = await runStore({ dataDir, operations: [set('up-1', long), set('up-2', canaries.short)] })
    expect(written).toEqual({ status: { kind: 'keychain', usable: true, reason: null }, results: [null, null] })
    const read = await runStore({ dataDir, operations: [get('up-1'), get('up-2'), get('up-3')] })
    expect(read.results).toEqual([long, canaries.short, null])
    expect(readdirSync(dataDir)).toEqual([])
    // The keyring's own files are encrypted.
    expect(findCanaries([keyring.home, dataDir], canaries)).toEqual([])
  })

  it('leaves nothing behind after deleting, nor of the trial at start', async () => {
    const dataDir = makeTempDir('secrets')
    await runStore({ dataDir, operations: [set('up-1', long), set('up-1', `${long}!`), set('up-2', 'x')] })
    expect((await listAccounts(dataDir)).filter((account) => !account.startsWith('up-'))).toEqual([])
    expect((await listAccounts(dataDir)).length).toBeGreaterThan(4)
    const removed = await runStore({ dataDir, operations: [remove('up-1'), remove('up-2'), get('up-1')] })
    expect(removed.results).toEqual([null, null, null])
    expect(await listAccounts(dataDir)).toEqual([])
  })

  it('replaces a long secret by a short one and back without leftovers', async () => {
    const dataDir = makeTempDir('secrets')
    await runStore({ dataDir, operations: [set('up', long), set('up', 'short')] })
    expect(await listAccounts(dataDir)).toEqual(['up'])
    const again = await runStore({ dataDir, operations: [get('up'), set('up', long), get('up'), remove('up')] })
    expect(again.results).toEqual(['short', null, long, null])
  })

  it('brings back the empty value, NUL and lone surrogates as they were', async () => {
    const dataDir = makeTempDir('secrets')
    const values = ['', 'a\0b', '\uD800', ' \n padded \t ', '"\\u0041"', '漢'.repeat(3_000)]
    await runStore({ dataDir, operations: values.map((value, at) => set(`v${at}`, value)) })
    const read = await runStore({ dataDir, operations: values.map((_, at) => get(`v${at}`)) })
    expect(read.results).toEqual(values)
  })

  it('does not mix two data directories', async () => {
    const one = makeTempDir('secrets')
    const two = makeTempDir('secrets')
    await runStore({ dataDir: one, operations: [set('up', 'of one')] })
    const other = await runStore({ dataDir: two, operations: [get('up'), remove('up')] })
    expect(other.results).toEqual([null, null])
    expect((await runStore({ dataDir: one, operations: [get('up')] })).results).toEqual(['of one'])
  })
})

describe.runIf(process.platform === 'linux')('secrets without a keychain', () => {
  it('starts without D-Bus, says why, reads nothing and refuses to save', async () => {
    const dataDir = makeTempDir('secrets')
    const { status, results } = await runStore(
      { dataDir, operations: [get('up'), set('up', canaries.short), remove('up')] },
      { keyring: 'none' },
    )
    expect(status).toMatchObject({ kind: 'none', usable: false })
    expect(status?.reason).toMatch(/D-Bus/)
    expect(results[0]).toBeNull()
    expect(results[1]).toMatch(/^error secret_store_unavailable: .*gnome-keyring.*libsecret.*WEIR_PASSPHRASE/)
    expect(results[1]).not.toContain(canaries.short)
    expect(results[2]).toBeNull()
    expect(readdirSync(dataDir)).toEqual([])
  })

  it('starts when the keyring is locked, and comes back when it is unlocked', async () => {
    const dataDir = makeTempDir('secrets')
    await runStore({ dataDir, operations: [set('up', canaries.short)] })
    const locked = await runStore({ dataDir, operations: [get('up'), set('up', 'x')] }, { keyring: 'locked' })
    expect(locked.status).toMatchObject({ kind: 'none', usable: false })
    expect(locked.results[0]).toBeNull()
    expect(locked.results[1]).toMatch(/^error secret_store_unavailable: /)
    expect((await runStore({ dataDir, operations: [get('up')] })).results).toEqual([canaries.short])
  })

  it('starts when there is a keyring service and no keyring in it', async () => {
    const dataDir = makeTempDir('secrets')
    const script = JSON.stringify({ dataDir, operations: [set('up', 'x')] } satisfies SecretScript)
    const { stdout } = await makeKeyring().run([worker], { stdin: script, keyring: 'locked' })
    const { status, results } = JSON.parse(stdout) as SecretReport
    expect(status).toMatchObject({ kind: 'none', usable: false })
    expect(results[0]).toMatch(/^error secret_store_unavailable: /)
  })

  it.each([
    { what: 'is not installed', change: (keytar: string) => rmSync(keytar, { recursive: true }) },
    { what: 'was not built', change: (keytar: string) => rmSync(join(keytar, 'build'), { recursive: true }) },
    { what: 'libsecret-9.so.0 is missing', change: renameLibrary },
    { what: 'does not load', change: (keytar: string) => writeFileSync(join(keytar, binary), 'no library at all') },
  ])('starts when keytar cannot be had: $what', async ({ what, change }) => {
    const copy = copyProgram()
    change(join(copy, 'node_modules/keytar'))
    const script = JSON.stringify({ dataDir: copy, operations: [set('up', 'x')] } satisfies SecretScript)
    const { stdout, stderr } = await keyring.run([join(copy, 'test/support/secret-process.ts')], { stdin: script })
    expect(stderr).toBe('')
    const { status, results } = JSON.parse(stdout) as SecretReport
    expect(status).toMatchObject({ kind: 'none', usable: false })
    expect(status?.reason).toContain(what)
    expect(results[0]).toMatch(/^error secret_store_unavailable: /)
  })

  it('starts, and ends, when the bus never answers', async () => {
    const directory = makeTempDir('bus')
    const silent = createServer(() => undefined)
    const socket = join(directory, 'bus')
    await new Promise<void>((listening) => silent.listen(socket, listening))
    try {
      const probe = `
        const { probeKeychain } = await import('${resolve(import.meta.dirname, '../../src/main/secrets/keychain-probe.ts')}')
        console.log(JSON.stringify(await probeKeychain('Weir-test', 500)))`
      const { stdout, exitCode } = await keyring.run(['--input-type=module', '-e', probe], {
        keyring: { busAddress: `unix:path=${socket}` },
      })
      expect(exitCode).toBe(0)
      expect((JSON.parse(stdout) as { reason: string }).reason).toContain('no answer within 0.5 s')
    } finally {
      silent.close()
    }
  })
})

const binary = 'build/Release/keytar.node'

/** The secret store in a directory of its own, with a keytar of its own to break. */
function copyProgram(): string {
  const root = resolve(import.meta.dirname, '../..')
  const copy = makeTempDir('program')
  for (const path of ['package.json', 'src/shared', 'src/main/secrets', 'test/support/secret-process.ts']) {
    cpSync(join(root, path), join(copy, path), { recursive: true })
  }
  mkdirSync(join(copy, 'node_modules'))
  symlinkSync(join(root, 'node_modules/zod'), join(copy, 'node_modules/zod'))
  for (const path of ['package.json', 'lib', binary]) {
    cpSync(join(root, 'node_modules/keytar', path), join(copy, 'node_modules/keytar', path), { recursive: true })
  }
  return copy
}

/** Makes the real binary ask for a library that no machine has. */
function renameLibrary(keytar: string): void {
  const path = join(keytar, binary)
  const bytes = readFileSync(path)
  const at = bytes.indexOf('libsecret-1.so.0')
  expect(at).toBeGreaterThan(0)
  bytes.write('libsecret-9.so.0', at)
  writeFileSync(path, bytes)
}

describe('secrets in the vault', () => {
  const passphrase = canaries.passphrase

  async function makeVault(): Promise<{ readonly dataDir: string; readonly file: string }> {
    const dataDir = makeTempDir('secrets')
    await runStore({ dataDir, passphrase, operations: [set('up-1', long), set('up-2', canaries.short)] }, noKeyring)
    return { dataDir, file: join(dataDir, 'vault.json') }
  }
  const noKeyring: RunOptions = { keyring: 'none' }

  it('keeps secrets across processes without a keychain, and none of them in the clear', async () => {
    const { dataDir } = await makeVault()
    const read = await runStore(
      { dataDir, passphrase, operations: [get('up-1'), remove('up-1'), get('up-1'), get('up-2')] },
      noKeyring,
    )
    expect(read.status).toEqual({ kind: 'vault', usable: true, reason: null })
    expect(read.results).toEqual([long, null, null, canaries.short])
    expect(findCanaries([dataDir], { ...canaries, id: 'up-2' })).toEqual([])
    expect(readdirSync(dataDir)).toEqual(['vault.json'])
  })

  it('is preferred to the keychain once it is there, and starts locked without a passphrase', async () => {
    const { dataDir, file } = await makeVault()
    const before = readFileSync(file)
    const { status, results } = await runStore({ dataDir, operations: [get('up-1'), set('up-1', 'x'), remove('up-1')] })
    expect(status).toMatchObject({ kind: 'vault', usable: false })
    expect(status?.reason).toContain('WEIR_PASSPHRASE')
    for (const result of results) expect(result).toMatch(/^error vault_locked: /)
    expect(readFileSync(file)).toEqual(before)
  })

  it('refuses a wrong passphrase and leaves the bytes unchanged', async () => {
    const { dataDir, file } = await makeVault()
    const before = readFileSync(file)
    const { status, results } = await runStore(
      { dataDir, passphrase: `${passphrase}x`, operations: [set('up-1', 'x')] },
      noKeyring,
    )
    expect(status).toBeNull()
    expect(results).toHaveLength(1)
    expect(results[0]).toMatch(/^error vault_wrong_passphrase: /)
    expect(results[0]).not.toContain(passphrase)
    expect(readFileSync(file)).toEqual(before)
  })

  it('refuses an empty passphrase and makes no vault', async () => {
    const dataDir = makeTempDir('secrets')
    const { results } = await runStore({ dataDir, passphrase: '', operations: [] }, noKeyring)
    expect(results[0]).toMatch(/^error invalid_option: /)
    expect(existsSync(join(dataDir, 'vault.json'))).toBe(false)
  })

  it('opens with a whole value after the process was killed while writing', async () => {
    const { dataDir, file } = await makeVault()
    const operations = Array.from({ length: 2_000 }, (_, at) => set('up-1', `${at}${long}`))
    const child = spawn(process.execPath, [worker], { stdio: ['pipe', 'ignore', 'ignore'] })
    child.stdin.end(JSON.stringify({ dataDir, passphrase, operations } satisfies SecretScript))
    const ended = once(child, 'exit')
    const first = readFileSync(file)
    await vi.waitUntil(() => !readFileSync(file).equals(first), { timeout: 30_000, interval: 1 })
    child.kill('SIGKILL')
    expect((await ended)[1]).toBe('SIGKILL')
    const { results } = await runStore({ dataDir, passphrase, operations: [get('up-1'), get('up-2')] }, noKeyring)
    expect(results[0]).toMatch(/^\d+canary-long-/)
    expect(results[0]?.endsWith(long)).toBe(true)
    expect(results[1]).toBe(canaries.short)
    expect(findCanaries([dataDir], canaries)).toEqual([])
  })

  it('refuses a tampered file in every region and leaves it as it is', async () => {
    const { dataDir, file } = await makeVault()
    const good = readFileSync(file, 'utf8')
    const json = JSON.parse(good) as { kdf: { salt: string }; check: Sealed; body: Sealed; checksum: string }
    const { kdf, check, body, checksum } = json
    const regions = ['weir-vault', '131072', kdf.salt, ...Object.values(check), ...Object.values(body), checksum]
    for (const region of regions) {
      const bad = good.replace(region, (text) => `${text.startsWith('1') ? '2' : '1'}${text.slice(1)}`)
      expect(bad).not.toBe(good)
      writeFileSync(file, bad)
      const { status, results } = await runStore({ dataDir, passphrase, operations: [set('up-1', 'x')] }, noKeyring)
      expect(status).toBeNull()
      expect(results[0]).toMatch(/^error vault_tampered: /)
      expect(readFileSync(file, 'utf8')).toBe(bad)
    }
  })
})

interface Sealed {
  readonly nonce: string
  readonly data: string
  readonly tag: string
}
