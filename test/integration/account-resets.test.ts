/** Saved resets from the operator's side: used once however many ask, and not forgotten by a Weir that is killed. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openAccountHouse, type AccountHouse } from '../support/account-house.ts'
import { startChatgptServer, type ChatgptServer } from '../support/chatgpt-server.ts'
import { usagePage } from '../support/quota-scene.ts'
import { signIn } from '../support/rpc-client.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { startHost, weir } from '../support/weir-process.ts'

describe('account.redeemReset', () => {
  let house: AccountHouse
  beforeEach(async () => {
    house = await openAccountHouse(({ resets }) => {
      resets.add('credit-a')
      resets.add('credit-b')
      resets.delayMs = 100
    })
  })
  afterEach(() => house.close())

  it('sends one for 20 that ask together, tells the others why not, and keeps a record of it', async () => {
    const { rig, server, upstreamId: id } = house
    const ask = (_: unknown, index: number) =>
      rig.call('account.redeemReset', { id, resetId: index % 2 === 0 ? 'credit-a' : 'credit-b' }).then(
        (use) => use.state,
        (error: { code: string }) => error.code,
      )
    const answers = await Promise.all(Array.from({ length: 20 }, ask))
    expect(answers.filter((answer) => answer === 'confirmed')).toHaveLength(1)
    expect(answers.filter((answer) => answer === 'reset_pending')).toHaveLength(19)
    expect(server.resets).toMatchObject({ asked: 1, consumed: 1 })
    const { rows } = await rig.call('audit.list', { limit: 100 })
    const of = (action: string, outcome: string) =>
      rows.filter((row) => row.action === action && row.outcome === outcome)
    expect(of('account.redeemReset', 'success')).toMatchObject([{ actor: 'operator', targetName: 'Mine' }])
    expect(of('account.redeemReset', 'failure')).toHaveLength(19)
    expect(of('account.resetEnded', 'success')).toHaveLength(1)
  })

  it('is confirmed by the figures where no answer came, and by nothing else', async () => {
    await house.rig.call('settings.update', { patch: { 'accounts.quotaPollMs': 1_000 } })
    await house.restart()
    const { rig, server, upstreamId: id } = house
    const page = (percent: number, hours: number) =>
      usagePage({ short: { percent, resetsInMs: hours * 3_600_000 }, week: { percent: 50, resetsInMs: 86_400_000 } })
    server.backend.usagePage = page(97, 1)
    const stand = async () => (await rig.call('upstream.get', { id })).accountQuota
    await expect.poll(async () => (await stand())?.windows[0]?.usedPercent, { timeout: 10_000 }).toBe(97)
    server.resets.end = 'break'
    server.resets.onUsed = () =>
      (server.resets.credits = server.resets.credits.filter((row) => row.status !== 'redeemed'))
    expect(await rig.call('account.redeemReset', { id, resetId: 'credit-a' })).toMatchObject({ state: 'pending' })
    const polls = () => server.calls.filter(({ path }) => path.endsWith('/usage')).length
    // The figures are read again, and are as high as before.
    const before = polls()
    await expect.poll(polls, { timeout: 10_000 }).toBeGreaterThan(before + 1)
    expect((await stand())?.resetUse?.state).toBe('pending')
    // A reset begins a window anew.
    server.backend.usagePage = page(4, 5)
    server.resets.end = 403
    await expect.poll(async () => (await stand())?.resetUse?.state, { timeout: 20_000 }).toBe('confirmed')
    expect(server.resets).toMatchObject({ asked: 1, consumed: 1 })
  })

  it('is refused for an upstream that is no account, and for one that must sign in', async () => {
    const { rig, server, upstreamId: id } = house
    const { upstream } = await rig.call('setup.simulator', {})
    const simulator = rig.call('account.redeemReset', { id: upstream.id, resetId: 'credit-a' })
    await expect(simulator).rejects.toMatchObject({ code: 'account_not_signed_in' })
    await rig.call('account.resets', { id })
    server.oauth.expireAll()
    server.oauth.behaviour.refreshFails = { status: 401, error: 'refresh_token_reused' }
    const use = await rig.call('account.redeemReset', { id, resetId: 'credit-a' })
    expect(use).toMatchObject({ state: 'failed', reason: expect.stringContaining('status 401') })
    const again = rig.call('account.redeemReset', { id, resetId: 'credit-a' })
    await expect(again).rejects.toMatchObject({ code: 'account_sign_in_required' })
    expect(server.resets.consumed).toBe(0)
  })
})

describe('weir account reset', () => {
  const env = { WEIR_PASSPHRASE: 'a passphrase of the test' }
  let server: ChatgptServer
  beforeEach(async () => {
    server = await startChatgptServer()
    server.resets.add('credit-a')
    server.resets.add('credit-b')
  })
  afterEach(() => server.close())

  async function added(dataDir: string): Promise<void> {
    const add = ['account', 'add', '--method', 'import', '--name', 'Mine', '--base-url', server.baseUrl]
    const done = await weir(dataDir, [...add, '--issuer', server.url], { env, stdin: server.authFile() })
    expect(done).toMatchObject({ code: 0 })
  }

  it('lists them and uses one, where it is confirmed', { timeout: 60_000 }, async () => {
    const dataDir = makeTempDir('reset-command')
    await added(dataDir)
    const listed = await weir(dataDir, ['account', 'resets', 'Mine'], { env })
    expect(listed.stdout).toMatch(/Full reset \(5 hours \+ week\) +\d{4}-.*Z +credit-a\n/)
    const use = ['account', 'reset', 'Mine', '--use', 'credit-a']
    expect((await weir(dataDir, use, { env })).stderr).toContain('cannot be undone')
    expect(server.resets.asked).toBe(0)
    const used = await weir(dataDir, [...use, '--yes'], { env })
    expect(used).toMatchObject({ code: 0, stdout: expect.stringContaining('it took') })
    server.resets.end = 429
    const refused = await weir(dataDir, ['account', 'reset', 'Mine', '--use', 'credit-b', '--yes'], { env })
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('status 429') })
    const after = await weir(dataDir, ['account', 'resets', 'Mine', '--json'], { env })
    expect(JSON.parse(after.stdout)).toMatchObject({ savedResets: [{ id: 'credit-b' }], resetUse: { state: 'failed' } })
    const told = [listed, used, refused, after].map(({ stdout, stderr }) => stdout + stderr).join('\n')
    for (const secret of server.oauth.issued) expect(told).not.toContain(secret)
  })

  it('is pending after a kill between sending and answer, and no second is sent', { timeout: 60_000 }, async () => {
    const dataDir = makeTempDir('reset-kill')
    const start = () => startHost(dataDir, [], { env, demo: false })
    await added(dataDir)
    const first = await start()
    server.resets.end = 'silence'
    const operator = await signIn(first.adminUrl)
    const [account] = await operator.call('upstream.list', {})
    const id = account?.id ?? ''
    const never = operator.call('account.redeemReset', { id, resetId: 'credit-a' }).catch(() => 'cut off')
    await expect.poll(() => server.resets.asked).toBe(1)
    first.signal('SIGKILL')
    expect(await never).toBe('cut off')
    await first.ended
    // Whether it took is unknown: the provider's list says nothing of it either.
    server.resets.credits = server.resets.credits.filter(({ id: credit }) => credit === 'credit-b')
    server.resets.end = 'answer'
    const second = await start()
    const again = await signIn(second.adminUrl)
    expect(await again.call('account.resets', { id })).toMatchObject({ resetUse: { state: 'pending' } })
    for (const resetId of ['credit-a', 'credit-b']) {
      const act = again.call('account.redeemReset', { id, resetId })
      await expect(act).rejects.toMatchObject({ code: 'reset_pending' })
    }
    expect(server.resets).toMatchObject({ asked: 1, consumed: 1 })
    second.signal('SIGTERM')
    await second.ended
  })
})
