/** `weir account …` as a person types it, on a data directory that nothing else has open. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startChatgptServer, type ChatgptServer } from '../support/chatgpt-server.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { weir } from '../support/weir-process.ts'

let server: ChatgptServer
const env = { WEIR_PASSPHRASE: 'a passphrase of the test' }

beforeEach(async () => {
  server = await startChatgptServer()
})
afterEach(() => server.close())

describe('weir account', () => {
  it('adds one by device code, lists it, and signs it in again', { timeout: 60_000 }, async () => {
    const dataDir = makeTempDir('account-command')
    const where = ['--issuer', server.url]
    const added = await weir(
      dataDir,
      ['account', 'add', '--method', 'device', '--base-url', server.baseUrl, ...where],
      { env },
    )
    expect(added.stderr).toContain(`Open ${server.url}/codex/device and enter the code `)
    expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('operator@example.com') })
    const listed = await weir(dataDir, ['account', 'list', '--json'], { env })
    expect(JSON.parse(listed.stdout)).toMatchObject([{ kind: 'chatgpt', account: { plan: 'plus', origin: 'device' } }])
    const used = await weir(dataDir, ['account', 'quota', 'operator@example.com', '--refresh'], { env })
    expect(used).toMatchObject({ code: 0, stdout: expect.stringMatching(/the account +5 h +12 % +ok .*usage page/) })
    const again = ['account', 'relink', 'operator@example.com', '--method', 'import']
    const relinked = await weir(dataDir, again, { env, stdin: server.authFile() })
    expect(relinked).toMatchObject({ code: 0, stdout: expect.stringContaining('Codex has the same refresh token') })
    const twice = await weir(dataDir, ['account', 'add', '--method', 'import'], { env, stdin: server.authFile() })
    expect(twice.stderr).toContain('account_exists')
    expect(twice.code).not.toBe(0)
    const told = [added, listed, used, relinked, twice].map(({ stdout, stderr }) => stdout + stderr).join('\n')
    for (const secret of server.oauth.issued) expect(told).not.toContain(secret)
  })
})
