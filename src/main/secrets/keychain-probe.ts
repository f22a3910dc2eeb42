/**
 * Finds out whether there is a keychain that works: keytar loads, and an item can be written, read and deleted. A call
 * into a dead D-Bus or a waiting unlock dialog never returns and would keep the process from ever exiting, so on Linux
 * the trial runs in a child process that can be killed.
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import type { Keychain } from './keychain.ts'
import { within } from './within.ts'

export type Probe = { readonly keychain: Keychain } | { readonly reason: string }

/** Resolved at run time: keytar is optional, so neither the compiler nor the bundler may need it. */
const keytarModule: string = 'keytar'
const requireHere = createRequire(import.meta.url)

export async function probeKeychain(service: string, timeoutMs: number = defaultTimeoutMs()): Promise<Probe> {
  let keychain: Keychain
  try {
    keychain = requireHere(keytarModule) as Keychain
  } catch (error) {
    return { reason: loadFailure(error) }
  }
  const isChildPossible = process.platform === 'linux' && process.versions['electron'] === undefined
  const failure = await (isChildPossible ? tryInChild(service, timeoutMs) : tryHere(keychain, service, timeoutMs))
  return failure === null ? { keychain } : { reason: failure }
}

/** With a display an unlock dialog may be up, and a person needs time to type. */
function defaultTimeoutMs(): number {
  const hasDisplay = process.env['DISPLAY'] !== undefined || process.env['WAYLAND_DISPLAY'] !== undefined
  return hasDisplay || process.platform !== 'linux' ? 60_000 : 10_000
}

/** The whole trial as source text, so that it needs no file of its own beside the bundle. */
const trial = `
const [, modulePath, service, account] = process.argv
const keychain = require(modulePath)
async function run() {
  await keychain.setPassword(service, account, account)
  const read = await keychain.getPassword(service, account)
  await keychain.deletePassword(service, account)
  if (read !== account) throw new Error('an item did not come back as it was written')
}
run().then(() => process.exit(0), (error) => {
  process.stderr.write('weir-probe:' + String(error && error.message))
  process.exit(1)
})
`

async function tryInChild(service: string, timeoutMs: number): Promise<string | null> {
  const args = ['-e', trial, requireHere.resolve(keytarModule), service, probeAccount()]
  const { promise, resolve } = Promise.withResolvers<string | null>()
  execFile(process.execPath, args, { timeout: timeoutMs, killSignal: 'SIGKILL' }, (error, _stdout, stderr) => {
    if (error === null) resolve(null)
    else if (error.killed === true) resolve(refusal(timedOut(timeoutMs)))
    else resolve(refusal(stderr.split('weir-probe:')[1] ?? 'the trial ended without an answer'))
  })
  return promise
}

async function tryHere(keychain: Keychain, service: string, timeoutMs: number): Promise<string | null> {
  const account = probeAccount()
  async function run(): Promise<string | null> {
    await keychain.setPassword(service, account, account)
    const read = await keychain.getPassword(service, account)
    await keychain.deletePassword(service, account)
    return read === account ? null : refusal('an item did not come back as it was written')
  }
  try {
    return await within(timeoutMs, run(), () => new Error(timedOut(timeoutMs)))
  } catch (error) {
    return refusal(error instanceof Error ? error.message : 'no reason given')
  }
}

/** A name of its own, so that two processes that start together do not delete each other's trial. */
function probeAccount(): string {
  return `probe-${randomBytes(4).toString('hex')}`
}

function timedOut(timeoutMs: number): string {
  return `no answer within ${timeoutMs / 1_000} s; the keychain may be waiting to be unlocked`
}

function refusal(words: string): string {
  return `trying it gave: ${words.trim()}`
}

function loadFailure(error: unknown): string {
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''
  const library = /(\S+\.so[.\d]*): cannot open shared object/.exec(message)?.[1]
  if (library !== undefined) return `the shared library ${library} is missing`
  if (!message.startsWith('Cannot find module')) return `the keychain module (keytar) does not load: ${message}`
  const what = message.includes(`'${keytarModule}'`) ? 'is not installed' : 'was not built'
  const build =
    process.platform === 'linux' ? '; to have it, install libsecret-1-dev and pkg-config and run `npm ci`' : ''
  return `the keychain module (keytar) ${what}${build}`
}
