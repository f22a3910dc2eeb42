/** The real Codex CLI through a Pool of two ChatGPT accounts: sessions, and what its user sees when an account fails. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  commandTurn,
  compactionTurn,
  dryTurn,
  inputTypes,
  openAccountPools,
  type AccountPair,
  type AccountPools,
} from './support/account-pools.ts'
import type { Codex, CodexTurn } from './support/codex.ts'
import { succeeded } from './support/process.ts'
import { bodyOf } from './support/relay.ts'

const model = 'gpt-5.5'

let house: AccountPools
let pair: AccountPair
let codex: Codex | undefined

beforeAll(async () => {
  house = await openAccountPools()
})
beforeEach(async () => {
  house.reset()
  pair = await house.pair()
})
afterEach(async () => {
  await codex?.close()
  codex = undefined
  await house.weir.rpc('settings.update', { patch: { 'accounts.useSockets': null } })
})
afterAll(() => house?.close())

/** Codex said nothing of any trouble. */
function quiet(turn: CodexTurn): CodexTurn {
  succeeded(turn)
  expect(turn.failure).toBeUndefined()
  expect(turn.events.filter((event) => event.type === 'error' || event.item?.type === 'error')).toEqual([])
  expect(turn.screen).not.toMatch(/reconnecting|falling back|usage limit|unexpected status|stream disconnected/i)
  return turn
}

const statuses = (): (number | null)[] => house.asked().map(({ status }) => status)

const ways = [
  { base: '/v1', sockets: false },
  { base: '/v1', sockets: true },
  { base: '/backend-api/codex', sockets: false },
  { base: '/backend-api/codex', sockets: true },
].map((way) => ({
  ...way,
  method: way.sockets ? 'WS' : 'POST',
  title: `${way.sockets ? 'WebSocket' : 'HTTP'} at ${way.base}`,
}))

describe.each(ways)('codex over $title', ({ base, sockets, method }) => {
  async function start(config = ''): Promise<Codex> {
    codex = await house.codex(pair, { setup: 'custom', base, sockets, config })
    return codex
  }

  it('has a session with a turn, a tool call, and what was said before', async () => {
    const { turn } = await start()
    const first = quiet(await turn(model, 'say something'))
    expect(first.answer).toBe('recorded answer')
    house.server.backend.next.push(commandTurn('echo stand-in'))
    const second = quiet(await turn(model, 'run the command', { resume: true }))
    expect(second).toMatchObject({
      threadId: first.threadId,
      answer: 'recorded answer',
      commands: [{ command: expect.stringContaining('echo stand-in'), output: 'stand-in\n', exitCode: 0 }],
    })
    const asked = house.asked()
    expect(asked.map((each) => [each.method, each.path, each.status])).toEqual(
      asked.map(() => [method, `${base}/responses`, 200]),
    )
    expect(inputTypes(asked[2]).at(-1)).toBe('function_call_output')
    // What was said before came along, and stayed where it was said.
    expect(JSON.stringify(bodyOf(asked[1]!)['input'])).toContain('recorded answer')
    expect(house.sent()).toEqual([pair.first, pair.first, pair.first])
    expect(house.server.webSockets.upgrades).toHaveLength(1)
  })

  it('compacts a session that grew too long, and goes on', async () => {
    const { turn, written } = await start('model_auto_compact_token_limit = 3000\n')
    quiet(await turn(model, 'say something'))
    house.reset()
    house.server.backend.text = 'the summary'
    const compacted = turn(model, 'and more', { resume: true })
    const second = quiet(await compacted.finally(() => (house.server.backend.text = 'recorded answer')))
    expect(second.answer).toBe('the summary')
    expect(statuses()).toEqual([200, 200])
    const kinds = house.server.turns().map(({ body, headers }) => {
      const metadata = body['client_metadata'] as Record<string, string> | undefined
      const text = metadata?.['x-codex-turn-metadata'] ?? String(headers['x-codex-turn-metadata'])
      return (JSON.parse(text) as { request_kind: string }).request_kind
    })
    expect(kinds).toEqual(['compaction', 'turn'])
    expect((await written()).map(({ type }) => type)).toContain('compacted')
    // What follows is the summary, not what was summed up.
    const after = JSON.stringify(bodyOf(house.asked()[1]!)['input'])
    expect(after).toContain('the summary')
    expect(after).not.toContain('recorded answer')
  })

  it('shows how much of the whole Pool is used', async () => {
    pair.use(pair.first, 20)
    pair.use(pair.second, 40)
    await pair.refreshQuota()
    // The account's own figures, which it sends as well, stay behind.
    house.server.quotas.behaviour.events = true
    const { turn, written } = await start()
    quiet(await turn(model, 'say something'))
    const told = (await written()).flatMap(({ payload }) => (payload['type'] === 'token_count' ? [payload] : []))
    expect(told.at(-1)).toMatchObject({
      rate_limits: {
        primary: { used_percent: 30, window_minutes: 300, resets_at: expect.any(Number) },
        secondary: null,
      },
    })
  })

  describe.each([true, false])('and accounts with WebSockets: %s', (useSockets) => {
    beforeEach(() => house.weir.rpc('settings.update', { patch: { 'accounts.useSockets': useSockets } }))

    it('goes on at the other account when the first refuses the next turn', async () => {
      const { turn } = await start()
      const first = quiet(await turn(model, 'say something'))
      pair.use(pair.first, 100)
      const second = quiet(await turn(model, 'go on', { resume: true }))
      expect(second).toMatchObject({ threadId: first.threadId, answer: 'recorded answer' })
      // The first was asked once more, and never again.
      expect(house.sent()).toEqual([pair.first, pair.first, pair.second])
      quiet(await turn(model, 'and on', { resume: true }))
      expect(house.sent().slice(3)).toEqual([pair.second])
      expect(statuses()).toEqual([200, 200, 200])
    })

    it('goes on at the other account when the first runs dry while a command runs', async () => {
      const { turn } = await start()
      house.server.backend.next.push(commandTurn('sleep 1; echo stand-in'))
      const running = turn(model, 'run the command')
      await expect.poll(() => house.sent().length, { timeout: 20_000 }).toBe(1)
      pair.use(pair.first, 100)
      const done = quiet(await running)
      expect(done).toMatchObject({ answer: 'recorded answer', commands: [{ output: 'stand-in\n', exitCode: 0 }] })
      expect(house.sent()).toEqual([pair.first, pair.first, pair.second])
      // On a WebSocket it sends only what is new, until it is told that this is known no more.
      expect(statuses()).toEqual(sockets ? [200, 400, 200] : [200, 200])
      // Who takes over knows what was called, and by whom.
      expect(inputTypes(house.asked().at(-1))).toEqual(
        expect.arrayContaining(['message', 'function_call', 'function_call_output']),
      )
    })

    it('goes on at the other account when the first says so in its stream', async () => {
      const { turn } = await start()
      quiet(await turn(model, 'say something'))
      house.server.backend.next.push(dryTurn())
      expect(quiet(await turn(model, 'go on', { resume: true })).answer).toBe('recorded answer')
      expect(house.sent()).toEqual([pair.first, pair.first, pair.second])
      expect(statuses()).toEqual([200, 200])
    })
  })

  it('tells its user until when, once no account has anything left', async () => {
    const { turn } = await start()
    quiet(await turn(model, 'say something'))
    for (const account of [pair.first, pair.second]) pair.use(account, 100)
    const done = await turn(model, 'go on', { resume: true })
    expect(done.code).toBe(1)
    expect(done.failure).toMatch(
      /^You.ve hit your usage limit\. Every account .* UTC, or try again at \d+:\d\d [AP]M\.$/,
    )
    expect(statuses()).toEqual([200, 429])
    expect(house.sent()).toEqual([pair.first, pair.first, pair.second])
  })

  it('does not notice a socket of the account that breaks before output', async () => {
    const { turn } = await start()
    house.server.webSockets.behaviour.drops = { when: 'before', times: 1 }
    expect(quiet(await turn(model, 'say something')).answer).toBe('recorded answer')
    expect(statuses()).toEqual([200])
    expect(house.sent()).toHaveLength(2)
    expect(await house.log(1)).toEqual([{ state: 'completed', errorCode: null, tries: 2 }])
  })

  it('is told once of a socket that breaks after output, asks again, and nothing was sent twice', async () => {
    const { turn } = await start()
    house.server.webSockets.behaviour.drops = { when: 'after', times: 1 }
    const done = succeeded(await turn(model, 'say something'))
    expect(done).toMatchObject({ answer: 'recorded answer', failure: undefined })
    // Over a WebSocket it keeps its first new try to itself.
    const shown = done.events.filter(({ type }) => type === 'error').map(({ message }) => message)
    expect(shown).toEqual(sockets ? [] : [expect.stringMatching(/^Reconnecting\.\.\. 1\/5/)])
    expect(statuses()).toEqual([sockets ? 429 : 200, 200])
    // One each, so the second is Codex's own.
    expect(house.sent()).toHaveLength(2)
    expect(await house.log(2)).toEqual([
      { state: 'failed', errorCode: 'upstream_reset', tries: 1 },
      { state: 'completed', errorCode: null, tries: 1 },
    ])
  })
})

describe('codex as a client of OpenAI', () => {
  it.each(['builtin', 'chatgpt'] as const)('has its session compacted by the account (%s)', async (setup) => {
    const config = 'model_auto_compact_token_limit = 3000\n'
    codex = await house.codex(pair, { setup, base: '/v1', config })
    quiet(await codex.turn(model, 'say something'))
    house.reset()
    house.server.backend.next.push(compactionTurn())
    const second = quiet(await codex.turn(model, 'and more', { resume: true }))
    expect(second.answer).toBe('recorded answer')
    const [trigger, after] = house.asked()
    expect(inputTypes(trigger).at(-1)).toBe('compaction_trigger')
    expect(house.server.turns()[0]?.body['input']).toContainEqual(
      expect.objectContaining({ type: 'compaction_trigger' }),
    )
    expect(bodyOf(after!)['input']).toContainEqual(
      expect.objectContaining({ type: 'compaction', encrypted_content: 'sealed' }),
    )
    expect(statuses()).toEqual([200, 200])
  })

  it('shows in its status how the whole Pool stands', async () => {
    pair.use(pair.first, 20)
    pair.use(pair.second, 40)
    await pair.refreshQuota()
    const config = `chatgpt_base_url = "${new URL('/backend-api', house.weir.baseUrl).href}"\n`
    codex = await house.codex(pair, { setup: 'chatgpt', base: '/v1', config })
    const window = { windowDurationMins: 300, resetsAt: expect.any(Number) }
    expect(await codex.limits()).toMatchObject({ primary: { ...window, usedPercent: 30 }, planType: 'pro' })
    pair.use(pair.first, 100)
    quiet(await codex.turn(model, 'say something'))
    expect(await codex.limits()).toMatchObject({ primary: { ...window, usedPercent: 70 }, secondary: null })
  })
})
