/** What the user of the real Codex reads in its `/status` about the quota of the Pool. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openAccountPools, type AccountPair, type AccountPools } from './support/account-pools.ts'
import type { Codex, CodexOptions } from './support/codex.ts'
import type { CodexScreen } from './support/codex-screen.ts'

const model = 'gpt-5.5'
/** A slow machine starts Codex and has a turn in it. */
const timeout = 120_000

let house: AccountPools
let pair: AccountPair
let codex: Codex | undefined

beforeAll(async () => {
  house = await openAccountPools()
})
beforeEach(async () => {
  house.reset()
  house.outside.calls.length = 0
  pair = await house.pair()
  pair.use(pair.first, 20)
  pair.use(pair.second, 40)
  await pair.refreshQuota()
})
afterEach(async () => {
  await codex?.close()
  codex = undefined
})
afterAll(() => house?.close())

type Options = Pick<CodexOptions, 'setup' | 'sockets' | 'config'> & { readonly base: string }

async function open(options: Options): Promise<CodexScreen> {
  codex = await house.codex(pair, options)
  return codex.open(model)
}

const chatgptHere = (): string => `chatgpt_base_url = "${new URL('/backend-api', house.weir.baseUrl).href}"\n`

/** Who was called there of those to whom the key would be of interest. */
const openaiCalls = (): string[] => house.outside.calls.filter((host) => /openai\.com|chatgpt\.com/.test(host))

const patient = { timeout: 60_000, interval: 1_000 }

/** How Codex sends its turns, and where. */
const asked = (): Set<string> => new Set(house.asked().map(({ method, path }) => `${method} ${path}`))

/** Which accounts were sent turns of that model: the title that Codex has made of another may go to any account. */
const sent = (): unknown[] =>
  house.server
    .turns()
    .filter(({ body }) => body['model'] === model)
    .map(({ headers }) => headers['chatgpt-account-id'])

const ways = [
  { setup: 'login', base: '/v1', sockets: false },
  { setup: 'login', base: '/v1', sockets: true },
  { setup: 'login', base: '/backend-api/codex', sockets: false },
  { setup: 'login', base: '/backend-api/codex', sockets: true },
  { setup: 'chatgpt', base: '/v1', sockets: true },
] as const

describe('the status of codex', () => {
  it.each(ways)(
    'shows how much the whole Pool has left ($setup, $base, WebSockets: $sockets)',
    { timeout },
    async (way) => {
      const screen = await open({ ...way, ...(way.setup === 'login' ? {} : { config: chatgptHere() }) })
      await expect.poll(() => screen.limits(), patient).toEqual([{ window: '5h', left: 70 }])
      pair.use(pair.first, 100)
      await screen.ask('say something', 'recorded answer')
      await expect.poll(() => screen.limits(), patient).toEqual([{ window: '5h', left: 30 }])
      expect(asked()).toEqual(new Set([`${way.sockets ? 'WS' : 'POST'} ${way.base}/responses`]))
      expect(sent()).toContain(pair.second)
      // Nobody but Weir saw the key, and nobody was to renew it.
      expect(openaiCalls()).toEqual([])
    },
  )

  it('keeps the key at home where the base URL makes Codex look for another backend', { timeout }, async () => {
    codex = await house.codex(pair, { setup: 'chatgpt', base: '/backend-api/codex', config: chatgptHere() })
    const { code } = await codex.turn(model, 'say something')
    expect(code).toBe(1)
    expect(house.sent()).toEqual([])
    expect(openaiCalls()).toEqual([])
  })

  // Codex's own choice, which docs/clients.md tells of: it hears the figures and keeps them with its session.
  it.each([false, true])('shows none with a key alone (WebSockets: %s)', { timeout }, async (sockets) => {
    const screen = await open({ setup: 'custom', base: '/v1', sockets })
    await screen.ask('say something', 'recorded answer')
    expect(await screen.limits()).toBe('data not available yet')
    const told = (await codex!.written()).flatMap(({ payload }) => (payload['type'] === 'token_count' ? [payload] : []))
    expect(told.at(-1)).toMatchObject({ rate_limits: { primary: { used_percent: 30, window_minutes: 300 } } })
  })
})
