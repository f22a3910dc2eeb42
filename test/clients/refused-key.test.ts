/**
 * What a user sees, and what Weir has to bear, when a client's key is refused: a sentence that names the trouble, after
 * one request. The relay does the counting, since Weir logs no request of a key it does not know.
 */
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateText, streamText } from 'ai'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCodex } from './support/codex.ts'
import { expiredToken, mistyped, revokedKey } from './support/keys.ts'
import { createOpencode } from './support/opencode.ts'
import { startOutside, type Outside } from './support/outside.ts'
import { startWeir, type Weir } from './support/weir.ts'

let weir: Weir
let outside: Outside
let revoked: { id: string; secret: string }
let token: string

beforeAll(async () => {
  weir = await startWeir()
  outside = await startOutside()
  revoked = await revokedKey(weir, 'revoked')
  token = await expiredToken(weir, 'short')
})
beforeEach(() => {
  weir.relay.requests.length = 0
  outside.calls.length = 0
})
afterAll(async () => {
  await outside?.close()
  await weir?.close()
})

function requestLines(): string[] {
  return weir.relay.requests.map(({ method, path, status }) => `${method} ${path} ${status}`)
}

const refusals: readonly { title: string; key(): string; said: RegExp; code: string }[] = [
  { title: 'a revoked key', key: () => revoked.secret, said: /key .*was revoked/i, code: 'api_key_revoked' },
  { title: 'a mistyped key', key: () => mistyped(weir.apiKey), said: /key.*mistyped/i, code: 'api_key_malformed' },
  { title: 'an expired token', key: () => token, said: /token .*expired on/i, code: 'token_expired' },
]

describe.each(refusals)('$title', ({ key, said, code }) => {
  const refusal = { status: 401, code, message: expect.stringMatching(said) }
  const messages = [{ role: 'user' as const, content: 'hello' }]

  it.each([false, true])('costs the openai SDK one chat request (streamed: %s)', async (stream) => {
    const client = new OpenAI({ apiKey: key(), baseURL: weir.baseUrl })
    await expect(client.chat.completions.create({ model: 'sim-chat', messages, stream })).rejects.toMatchObject(refusal)
    expect(requestLines()).toEqual(['POST /v1/chat/completions 401'])
  })

  it('costs the openai SDK one request for a response, a model list, an embedding', async () => {
    const client = new OpenAI({ apiKey: key(), baseURL: weir.baseUrl })
    await expect(client.responses.create({ model: 'sim-chat', input: 'hello' })).rejects.toMatchObject(refusal)
    await expect(client.models.list()).rejects.toMatchObject(refusal)
    await expect(client.embeddings.create({ model: 'sim-embedding', input: 'hello' })).rejects.toMatchObject(refusal)
    expect(requestLines()).toEqual(['POST /v1/responses 401', 'GET /v1/models 401', 'POST /v1/embeddings 401'])
  })

  it.each([
    { npm: '@ai-sdk/openai', path: '/v1/responses' },
    { npm: '@ai-sdk/openai-compatible', path: '/v1/chat/completions' },
  ])('costs the ai SDK one request ($npm)', async ({ npm, path }) => {
    const settings = { baseURL: weir.baseUrl, apiKey: key() }
    const provider =
      npm === '@ai-sdk/openai' ? createOpenAI(settings) : createOpenAICompatible({ name: 'weir', ...settings })
    const model = provider('sim-chat')
    const failure = { statusCode: 401, isRetryable: false, message: expect.stringMatching(said) }
    await expect(generateText({ model, prompt: 'hello' })).rejects.toMatchObject(failure)

    const errors: unknown[] = []
    const stream = streamText({ model, prompt: 'hello', onError: ({ error }) => void errors.push(error) })
    await stream.consumeStream()
    expect(errors).toEqual([expect.objectContaining(failure)])
    expect(requestLines()).toEqual([`POST ${path} 401`, `POST ${path} 401`])
  })

  it.each(['custom', 'builtin', 'chatgpt'] as const)('is believed by codex at once (%s)', async (setup) => {
    const codex = await createCodex({ setup, baseUrl: weir.baseUrl, apiKey: key(), env: outside.env })
    const turn = await codex.turn('sim-chat', 'hello').finally(() => codex.close())
    expect(turn.code).toBe(1)
    expect(turn.failure).toMatch(said)
    expect(turn.screen).not.toMatch(/reconnecting/i)
    const lines = requestLines()
    // Over a WebSocket it asks ahead of its turn and once more with it, and believes the answer each time.
    const isTurn = (line: string) => line.startsWith('POST') || line.startsWith('GET /v1/responses')
    const asked = setup === 'custom' ? ['POST /v1/responses 400'] : Array(2).fill('GET /v1/responses 400')
    expect(lines.filter(isTurn)).toEqual(asked)
    const others = lines.filter((line) => !isTurn(line))
    expect(others.filter((line) => !line.startsWith('GET /v1/models?'))).toEqual([])
    expect(others.length).toBeLessThanOrEqual({ custom: 0, builtin: 0, chatgpt: 4 }[setup])
    // A ChatGPT login must not be taken for expired: Codex would renew it and try again, and again.
    expect(outside.calls.filter((call) => !call.startsWith('chatgpt.com:'))).toEqual([])
  })

  it.each(['@ai-sdk/openai-compatible', '@ai-sdk/openai'] as const)(
    'costs opencode one request each for title and turn (%s)',
    async (npm) => {
      const opencode = await createOpencode({ npm, baseUrl: weir.baseUrl, apiKey: key(), env: outside.env })
      const turn = await opencode.turn('sim-chat', 'hello', { asText: true }).finally(() => opencode.close())
      expect(turn.code).not.toBe(0)
      const error = turn.screen.split('\n').find((line) => line.startsWith('Error: '))
      expect(error).toMatch(said)
      expect(weir.relay.requests.length).toBeLessThanOrEqual(2)
      expect(weir.relay.requests.map((request) => request.status)).toEqual(weir.relay.requests.map(() => 401))
    },
  )
})

describe('the log', () => {
  it('shows the refusals of a revoked key, and why', async () => {
    const client = new OpenAI({ apiKey: revoked.secret, baseURL: weir.baseUrl })
    await client.responses.create({ model: 'sim-chat', input: 'hello' }).catch(() => undefined)
    const { rows } = await weir.rpc('request.list', { keyId: revoked.id, limit: 1 })
    expect(rows).toEqual([
      expect.objectContaining({ state: 'refused', errorCode: 'api_key_revoked', status: 401, attempts: 0 }),
    ])
  })
})
