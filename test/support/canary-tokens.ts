/** Ephemeral tokens from their making to their end, by the operator and by a key, with something to hide in each place. */
import type { Call } from '../../src/main/host/headless/call.ts'

export interface TokensOf {
  readonly call: Call
  readonly keyId: string
  readonly poolKey: string
  /** Ends in `/v1`. */
  readonly baseUrl: string
  /** What nobody may find, as a client writes it into an address. */
  readonly query: string
  /** One request at the gateway, whatever comes of it. */
  readonly ask: (sending: { readonly key: string; readonly get?: string; readonly act?: string }) => Promise<string>
}

/** Returns the tokens that were made; what clients were answered goes to `answered`. */
export async function useTokens(of: TokensOf, answered: string[]): Promise<Readonly<Record<string, string>>> {
  const { call, keyId, ask } = of
  await call('key.update', { id: keyId, patch: { canMakeTokens: true } })
  const { token, secret } = await call('token.create', { keyId, name: 'lent' })
  const lent = await lendByKey(of)
  const mistyped = `${secret.slice(0, -1)}${secret.endsWith('a') ? 'b' : 'a'}`
  for (const key of [secret, lent, mistyped]) {
    for (const sending of [{ key }, { key, act: 'stream' }, { key, get: '/models' }, { key, get: '/usage' }]) {
      answered.push(await ask(sending))
    }
  }
  await call('key.doctor', { secret, model: 'sim-chat' })
  await call('key.doctor', { key: secret, model: 'sim-chat' })
  await call('request.list', { text: secret })
  // Named by its whole text, as somebody pastes it.
  await call('token.revoke', { id: secret })
  await call('token.list', { keyId })
  answered.push(await ask({ key: secret }))
  await call('token.revoke', { id: token.id })
  return { token: secret, lentToken: lent, mistypedToken: mistyped }
}

/** Its answer shows the token, this once. Then requests that are refused, with what must not be repeated anywhere. */
async function lendByKey({ baseUrl, poolKey, query }: TokensOf): Promise<string> {
  const post = async (key: string, body: string) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const answer = await fetch(`${baseUrl}/ephemeral_tokens?trace=${query}`, { method: 'POST', headers, body })
    return { status: answer.status, body: (await answer.json()) as { token?: string } }
  }
  const made = await post(poolKey, '{"name":"by itself"}')
  const { token } = made.body
  if (token === undefined) throw new Error(`the key could make no token (status ${made.status})`)
  for (const [key, body] of [
    [token, '{}'],
    [`${token.slice(0, -2)}00`, '{}'],
    [poolKey, JSON.stringify({ limits: { requestsPerDay: query } })],
    [poolKey, JSON.stringify({ ip_allowlist: [query] })],
    [poolKey, query],
  ] as const) {
    const refused = await post(key, body)
    if (refused.status < 400) throw new Error(`a token was made by ${body.slice(0, 12)}`)
  }
  return token
}
