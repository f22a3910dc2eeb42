/** Everything an operator can do with ChatGPT accounts, against the stand-in: sign in, look, import, sign in again. */
import type { Call } from '../../src/main/host/headless/call.ts'
import { startChatgptServer } from './chatgpt-server.ts'
import { someAccount } from './chatgpt-tokens.ts'

/** Returns every token and code that the stand-in gave out, by a name. */
export async function useAccounts(call: Call): Promise<Readonly<Record<string, string>>> {
  const server = await startChatgptServer()
  try {
    const { url: issuer, baseUrl } = server
    await call('settings.update', { patch: { 'accounts.callbackPort': 0 } })
    const begin = { method: 'browser', issuer, baseUrl } as const
    await call('account.cancel', { id: (await call('account.begin', begin)).id })
    const flow = await call('account.begin', { ...begin, name: 'Account' })
    const { headers } = await fetch(flow.url ?? '', { redirect: 'manual' })
    await call('account.complete', { id: flow.id, callbackUrl: headers.get('location') ?? '' })
    const { upstreamId } = await call('account.flow', { id: flow.id })
    const id = upstreamId ?? ''
    await call('account.found', {})
    const test = await call('upstream.test', { id })
    if (!test.ok) throw new Error(`the account did not work: ${test.message}`)
    server.resets.add('reset-1')
    server.resets.end = 'break'
    const { savedResets } = await call('account.resets', { id })
    const use = await call('account.redeemReset', { id, resetId: savedResets?.[0]?.id ?? '' })
    // It may be confirmed for half an hour, and so is not set aside yet.
    await call('account.settleReset', { id, useId: use.id }).catch(() => undefined)
    await call('account.quotaRefresh', { id })
    await call('account.quota', { id })
    await call('account.quotaCourse', { id, hours: 24 })
    // A token that runs out is renewed by the check; one that is refused for good is told of.
    server.oauth.expireAll()
    await call('upstream.test', { id })
    server.oauth.expireAll()
    server.oauth.behaviour.refreshFails = { status: 401, error: 'refresh_token_reused' }
    await call('upstream.test', { id })
    await call('account.import', { source: 'text', text: server.authFile(), upstreamId: id, baseUrl })
    const other = { ...someAccount, accountId: 'acct-0002' }
    const token = server.oauth.businessToken(other)
    const { upstream } = await call('account.import', { source: 'token', token, issuer, baseUrl, name: 'Business' })
    for (const made of [id, upstream.id]) await call('upstream.delete', { id: made })
    return Object.fromEntries([...server.oauth.issued].map((text, index) => [`account ${index}`, text]))
  } finally {
    await server.close()
  }
}
