/** What a ChatGPT account lists of its models reaches the clients, and says in which form each of them is asked. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openAccountHouse, type AccountHouse } from '../support/account-house.ts'
import { modelEntry } from '../support/chatgpt-server.ts'

let house: AccountHouse

beforeEach(async () => {
  house = await openAccountHouse()
  await house.rig.call('upstream.refreshModels', { id: house.upstreamId })
})
afterEach(async () => house.close())

interface List {
  readonly data: { id: string; context_length?: number }[]
  readonly models: { slug: string; use_responses_lite?: boolean }[]
}

async function list(headers: Record<string, string> = {}, path = '/backend-api/codex/models?client_version=0.169.0') {
  const answer = await fetch(`${house.rig.app.gatewayUrl}${path}`, {
    headers: { authorization: `Bearer ${house.key}`, ...headers },
  })
  const text = await answer.text()
  return { answer, list: (text === '' ? null : JSON.parse(text)) as List | null }
}

async function poolId(): Promise<string> {
  const [pool] = await house.rig.call('pool.list', {})
  return pool?.id ?? ''
}

function lastTurn() {
  const turn = house.server.turns().at(-1)
  if (turn === undefined) throw new Error('the stand-in was not asked')
  return turn
}

const LITE = 'x-openai-internal-codex-responses-lite'
const codexAgent = { originator: 'codex_exec', 'user-agent': 'codex_exec/0.169.0 (Debian)' }
const tools = [{ type: 'function', name: 'shell', parameters: { type: 'object', properties: {} } }]
const asked = { model: 'gpt-6.1-sol', instructions: 'Be brief.', input: 'hello', tools, reasoning: { effort: 'low' } }
const message = (role: string, text: string) => ({ type: 'message', role, content: [{ type: 'input_text', text }] })
const liteInput = [
  { type: 'additional_tools', role: 'developer', tools },
  message('developer', 'Be brief.'),
  message('user', 'hello'),
]

describe('models of an account', () => {
  it("lists the provider's own entries in full, and what they say for all other clients", async () => {
    const { answer, list: body } = await list()
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(body?.models).toEqual(house.server.backend.models)
    expect(body?.data).toContainEqual({
      id: 'gpt-5.5',
      object: 'model',
      created: 0,
      owned_by: 'weir',
      display_name: 'GPT-5.5',
      context_length: 258_400,
      input_modalities: ['text', 'image'],
      supports_reasoning: true,
      reasoning_efforts: ['low', 'medium', 'high'],
    })
    const one = await fetch(`${house.rig.app.gatewayUrl}/v1/models/gpt-5.5`, {
      headers: { authorization: `Bearer ${house.key}` },
    })
    expect(await one.json()).toMatchObject({ id: 'gpt-5.5', context_length: 258_400 })
  })

  it('answers 304 while nothing has changed, on both paths, and with a new tag when something has', async () => {
    const first = await list()
    const etag = first.answer.headers.get('etag') ?? ''
    expect(etag).toMatch(/^W\/"weir-[\w-]{22}"$/)
    for (const path of ['/backend-api/codex/models', '/v1/models']) {
      const again = await list({ 'if-none-match': `"other", ${etag}` }, path)
      expect([again.answer.status, again.list, again.answer.headers.get('etag')]).toEqual([304, null, etag])
    }
    // Nothing that anybody but Codex would read.
    house.server.backend.models = [{ ...modelEntry('gpt-5.5'), base_instructions: 'Be of more use.' }]
    await house.rig.call('upstream.refreshModels', { id: house.upstreamId })
    const changed = await list({ 'if-none-match': etag })
    expect(changed.answer.status).toBe(200)
    expect(changed.answer.headers.get('etag')).not.toBe(etag)
    expect(changed.list?.models).toEqual(house.server.backend.models)
  })

  it('hides what the Pool hides, and serves it by name', async () => {
    await house.rig.call('pool.update', { id: await poolId(), patch: { hiddenModels: ['gpt-5.5'] } })
    const { list: body } = await list()
    expect(body?.data.map(({ id }) => id)).toEqual(['gpt-5.5-codex', 'gpt-6.1-sol'])
    expect(body?.models.map(({ slug }) => slug)).toEqual(['gpt-5.5-codex', 'gpt-6.1-sol'])
    expect((await house.ask({ model: 'gpt-5.5' })).status).toBe(200)
  })

  it('knows the facts after a start, and fetches the entries anew', async () => {
    const before = house.server.calls.length
    await house.restart()
    const early = await list()
    expect(early.list?.data).toContainEqual(expect.objectContaining({ id: 'gpt-6.1-sol', context_length: 258_400 }))
    await expect.poll(async () => (await list()).list?.models, { timeout: 10_000 }).toEqual(house.server.backend.models)
    expect(house.server.calls.slice(before).map(({ path }) => path)).toContain('/backend-api/codex/models')
    // In the database is what a list needs, and no prompt.
    const upstream = await house.rig.call('upstream.get', { id: house.upstreamId })
    expect(upstream.modelFacts).toContainEqual(expect.objectContaining({ id: 'gpt-6.1-sol', isLite: true }))
    expect(JSON.stringify(upstream)).not.toContain('Be of use.')
  })
})

describe('the form in which an account is asked', () => {
  it('is the lite one where its list says so, whoever asks', async () => {
    expect((await house.ask(asked)).status).toBe(200)
    const { headers, body } = lastTurn()
    expect(headers[LITE]).toBe('true')
    expect(body).toEqual({
      model: 'gpt-6.1-sol',
      stream: true,
      store: false,
      input: liteInput,
      parallel_tool_calls: false,
      reasoning: { effort: 'low', context: 'all_turns' },
    })
  })

  it('stays what Codex wrote where that is the lite form already', async () => {
    const input = [liteInput[0], message('developer', 'Be brief.'), message('user', 'hello')]
    const own = { model: 'gpt-6.1-sol', input, store: false, stream: true, later: 1.5 }
    expect((await house.ask(own, { ...codexAgent, [LITE]: 'true' })).status).toBe(200)
    expect([lastTurn().headers[LITE], lastTurn().body]).toEqual(['true', own])
    // The header was lost on the way, and the body is as before.
    expect((await house.ask(own, codexAgent)).status).toBe(200)
    expect([lastTurn().headers[LITE], lastTurn().body]).toEqual(['true', own])
  })

  it("stays the client's for a model that is not asked so", async () => {
    const body = { ...asked, model: 'gpt-5.5', input: [message('user', 'hello')], store: false, stream: true }
    await house.ask(body)
    expect([lastTurn().headers[LITE], lastTurn().body]).toEqual([undefined, body])
    await house.ask(body, { ...codexAgent, [LITE]: 'true' })
    expect([lastTurn().headers[LITE], lastTurn().body]).toEqual(['true', body])
  })

  it('is what the Pool says, in the list for Codex as well', async () => {
    const servingModes = [
      { model: 'gpt-6.1-sol', mode: 'full' },
      { model: 'gpt-5.5', mode: 'lite' },
    ] as const
    await house.rig.call('pool.update', { id: await poolId(), patch: { servingModes: [...servingModes] } })
    await house.ask({ ...asked, input: [message('user', 'hello')] }, { ...codexAgent, [LITE]: 'true' })
    expect(lastTurn().headers[LITE]).toBeUndefined()
    expect(lastTurn().body).toMatchObject({ instructions: 'Be brief.', tools })
    await house.ask({ ...asked, model: 'gpt-5.5' })
    expect([lastTurn().headers[LITE], lastTurn().body['input']]).toEqual(['true', liteInput])
    const { list: body } = await list()
    expect(body?.models.map(({ slug, use_responses_lite }) => [slug, use_responses_lite])).toEqual([
      ['gpt-5.5', true],
      ['gpt-5.5-codex', false],
      ['gpt-6.1-sol', false],
    ])
  })

  it('has no place for a choice that names a tool, which is said with its code and sent to nobody', async () => {
    const answer = await house.ask({ ...asked, tool_choice: { type: 'function', name: 'shell' } })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { code: 'tool_choice_not_lite' } })
    expect(house.server.turns()).toEqual([])
    const { rows } = await house.rig.call('request.list', {})
    expect(rows[0]).toMatchObject({ state: 'refused', errorCode: 'tool_choice_not_lite', attempts: 0 })
    await house.rig.call('pool.update', {
      id: await poolId(),
      patch: { servingModes: [{ model: 'gpt-6.1-sol', mode: 'full' }] },
    })
    expect((await house.ask({ ...asked, tool_choice: { type: 'function', name: 'shell' } })).status).toBe(200)
  })
})
