/** What nobody may find: planted wherever it can be, looked for wherever Weir writes or answers. */
import Database from 'better-sqlite3'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { takeVerifiedCopy } from '../../src/main/db/backup.ts'
import { controlCall } from '../../src/main/host/headless/control-client.ts'
import { type Canaries, findCanaries, findCanariesIn, plantCanaries } from '../support/canaries.ts'
import { allRoutes, type Driven, drive } from '../support/canary-drive.ts'
import { startProxyPeer } from '../support/http-peer.ts'
import { createKeyring } from '../support/keyring.ts'
import { type LeakyUpstream, startLeakyUpstream } from '../support/leaky-upstream.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { HOST, startHost } from '../support/weir-process.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function plant() {
  const planted = plantCanaries(
    ...(['prompt', 'output', 'toolArguments', 'errorBody', 'answerHeader', 'fieldName', 'query'] as const),
    ...(['apiKey', 'headerValue', 'proxyPassword', 'wrongSecret', 'passphrase', 'foreignKey'] as const),
    ...(['turnMetadata', 'cookie', 'userAgent'] as const),
  )
  const upstream = await startLeakyUpstream(planted)
  const proxy = await startProxyPeer(`user:${planted.proxyPassword}`)
  closers.push(() => upstream.close(), proxy.close)
  return { planted, upstream, proxyUrl: proxy.url, dataDir: makeTempDir('canary') }
}

/** A search that finds nothing proves nothing unless what it looks for was there. */
function checkWasPlanted(upstream: LeakyUpstream, planted: Canaries, driven: Driven): void {
  const [posts, lists] = [upstream.calls.filter((call) => call.method === 'POST'), upstream.calls]
  expect(lists.some((call) => call.method === 'GET')).toBe(true)
  for (const { headers, body } of posts) {
    expect(headers).toMatchObject({ authorization: `Bearer ${planted['apiKey']}`, 'x-account': planted['headerValue'] })
    expect(body.toString('utf8')).toContain(planted['prompt'])
    expect(headers['user-agent']).toContain(planted['userAgent'])
  }
  const answers = driven.answered.join('\n')
  for (const name of ['output', 'toolArguments', 'errorBody', 'answerHeader']) expect(answers).toContain(planted[name])
  expect([...driven.routes].sort()).toEqual(allRoutes.toSorted())
}

/** What a provider must not see of a client, and a client not of the account. */
function checkBothSides(upstream: LeakyUpstream, planted: Canaries, driven: Driven): void {
  const { cookie = '', turnMetadata = '', apiKey = '', headerValue = '', proxyPassword = '', passphrase = '' } = planted
  const seen = upstream.calls.map(
    (call) => `${call.path}\n${call.rawHeaders.join('\n')}\n${call.body.toString('utf8')}`,
  )
  const ofClient = { cookie, turnMetadata, ...driven.made }
  expect(seen.flatMap((text) => findCanariesIn(text, ofClient))).toEqual([])
  // The upstream repeats the account's credential only in failures; those that are relayed word for word are its own.
  const own = driven.answered.filter((text) => !text.includes(planted['errorBody'] ?? ''))
  const ofAccount = { apiKey, headerValue, proxyPassword, passphrase }
  expect(own.length).toBeGreaterThan(5)
  expect(own.flatMap((text) => findCanariesIn(text, ofAccount))).toEqual([])
}

interface Places {
  readonly directories: readonly string[]
  readonly texts: readonly string[]
}

function search({ directories, texts }: Places, canaries: Canaries) {
  return [...findCanaries(directories, canaries), ...texts.flatMap((text) => findCanariesIn(text, canaries))]
}

/** As a migration would take it. */
function backUp(dataDir: string): void {
  const client = new Database(join(dataDir, 'weir.db'), { readonly: true, fileMustExist: true })
  try {
    takeVerifiedCopy(client, 'canary', Date.now())
  } finally {
    client.close()
  }
}

describe('canaries', () => {
  it('are in no file, log, answer or event of a Weir with a vault', { timeout: 120_000 }, async () => {
    const { planted, upstream, proxyUrl, dataDir } = await plant()
    const env = { WEIR_PASSPHRASE: planted.passphrase }
    const host = await startHost(dataDir, ['--log-level', 'info'], { demo: false, env })
    closers.push(() => host.signal('SIGKILL'))
    const driven = await drive({ ...host, dataDir, proxyUrl, upstream, planted })
    checkWasPlanted(upstream, planted, driven)
    checkBothSides(upstream, planted, driven)
    const everything = { ...planted, ...driven.made }
    backUp(dataDir)
    // With the database's log files as they are while it runs, then as they are left.
    expect(search({ directories: [dataDir], texts: driven.told }, everything)).toEqual([])
    host.signal('SIGTERM')
    const { stdout, stderr, code } = await host.ended
    expect(code).toBe(0)
    expect(stderr).toContain('Stopped.')
    expect(search({ directories: [dataDir], texts: [stderr] }, everything)).toEqual([])
    // The one line on stdout is there to hand the sign-in link out.
    const { signInToken: _printed, ...made } = driven.made
    expect(search({ directories: [], texts: [stdout] }, { ...planted, ...made })).toEqual([])
    expect(readdirSync(dataDir)).toEqual(expect.arrayContaining(['backups', 'vault.json', 'weir.db']))
  })

  it('are in no file, log, answer or event of a Weir with a keychain', { timeout: 120_000 }, async () => {
    const { planted, upstream, proxyUrl, dataDir } = await plant()
    const keyring = createKeyring()
    closers.push(() => keyring.remove())
    const pidFile = join(makeTempDir('pid'), 'pid')
    const args = ['--data-dir', dataDir, '--port', '0', '--admin-port', '0', '--json', '--log-level', 'info']
    // Started inside the keyring's session, it tells its process id, so that it can be stopped.
    const script = `require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid))
      process.argv = [process.execPath, 'weir', ...${JSON.stringify(args)}]
      import(${JSON.stringify(HOST)})`
    const running = keyring.run(['-e', script])
    const control = controlCall(dataDir)
    const { status, adminUrl } = await untilReady(async () => {
      const link = await control('system.signInLink', {})
      return { status: await control('system.status', {}), adminUrl: link.url ?? '' }
    })
    closers.push(() => stop(pidFile))
    expect(status.secretStore.kind).toBe('keychain')
    const baseUrl = `${status.gateway.url}/v1`
    const driven = await drive({ dataDir, baseUrl, adminUrl, proxyUrl, upstream, planted })
    checkWasPlanted(upstream, planted, driven)
    checkBothSides(upstream, planted, driven)
    stop(pidFile)
    const { stdout, stderr, exitCode } = await running
    expect(exitCode).toBe(0)
    // The keyring's own files are encrypted.
    const places = { directories: [dataDir, keyring.home], texts: [...driven.told, stdout, stderr] }
    expect(search(places, { ...planted, ...driven.made })).toEqual([])
    expect(readdirSync(dataDir)).not.toContain('vault.json')
  })
})

function stop(pidFile: string): void {
  try {
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGTERM')
  } catch {
    // It has ended already.
  }
}

async function untilReady<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch {
      // Not yet; the test's own time limit bounds the wait.
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
