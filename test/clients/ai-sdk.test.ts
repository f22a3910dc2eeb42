/** The Vercel AI SDK through Weir: Responses by `@ai-sdk/openai`, chat by `@ai-sdk/openai-compatible`. */
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { embed, generateText, stepCountIs, streamText, tool, type EmbeddingModel, type LanguageModel } from 'ai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startWeir, type Weir } from './support/weir.ts'

interface Models {
  readonly path: string
  language(id: string): LanguageModel
  embedding(id: string): EmbeddingModel
}

const providers: readonly { title: string; create(weir: Weir): Models }[] = [
  {
    title: 'ai SDK, @ai-sdk/openai',
    create: ({ baseUrl, apiKey }) => {
      const provider = createOpenAI({ baseURL: baseUrl, apiKey })
      return {
        path: '/v1/responses',
        language: (id) => provider(id),
        embedding: (id) => provider.embedding(id),
      }
    },
  },
  {
    title: 'ai SDK, @ai-sdk/openai-compatible',
    create: ({ baseUrl, apiKey }) => {
      const provider = createOpenAICompatible({ name: 'weir', baseURL: baseUrl, apiKey, includeUsage: true })
      return {
        path: '/v1/chat/completions',
        language: (id) => provider(id),
        embedding: (id) => provider.embeddingModel(id),
      }
    },
  },
]

let weir: Weir

beforeAll(async () => {
  weir = await startWeir()
})
beforeEach(() => {
  weir.relay.requests.length = 0
})
afterAll(() => weir?.close())

async function lastLogged() {
  const { rows } = await weir.rpc('request.list', { limit: 1 })
  return rows[0]!
}

describe.each(providers)('$title', ({ create }) => {
  let models: Models
  const ran: string[] = []
  const run_command = tool({
    description: 'Runs a command.',
    inputSchema: z.object({ command: z.string() }),
    execute: ({ command }) => {
      ran.push(command)
      return 'weir-simulator\n'
    },
  })

  beforeAll(() => {
    models = create(weir)
  })
  beforeEach(() => {
    ran.length = 0
  })

  it('generates text, with the usage that Weir logs', async () => {
    const done = await generateText({ model: models.language('sim-chat'), prompt: 'say: water finds its way' })
    expect(done.text).toBe('water finds its way')
    expect(done.warnings ?? []).toEqual([])
    expect(weir.relay.requests.map((request) => request.path)).toEqual([models.path])
    const logged = await lastLogged()
    expect(logged).toMatchObject({ client: 'ai-sdk', state: 'completed', usageSource: 'reported' })
    expect([logged.usage.input, logged.usage.output]).toEqual([done.usage.inputTokens, done.usage.outputTokens])
  })

  it('streams text, with the usage that Weir logs', async () => {
    const stream = streamText({ model: models.language('sim-chat'), prompt: 'say: water finds its way' })
    const pieces: string[] = []
    for await (const piece of stream.textStream) pieces.push(piece)
    expect(pieces.join('')).toBe('water finds its way')
    expect(pieces.length).toBeGreaterThan(1)
    expect(await stream.finishReason).toBe('stop')
    const usage = await stream.usage
    const logged = await lastLogged()
    expect(logged).toMatchObject({ stream: true, state: 'completed', usageSource: 'reported' })
    expect([logged.usage.input, logged.usage.output]).toEqual([usage.inputTokens, usage.outputTokens])
  })

  it('completes a tool loop and carries on from its messages', async () => {
    const options = { tools: { run_command }, stopWhen: stepCountIs(3) }
    const model = models.language('sim-tools')
    const done = await generateText({ ...options, model, prompt: 'run the command' })
    expect(ran).toEqual(['echo weir-simulator'])
    expect(done.steps).toHaveLength(2)
    expect(done.text).toContain("The tool's output was received")

    const messages = [...done.response.messages, { role: 'user' as const, content: 'say: carried on' }]
    const next = await generateText({ ...options, model: models.language('sim-chat'), messages })
    expect(next.text).toBe('carried on')
    expect(weir.relay.requests.map((request) => request.status)).toEqual([200, 200, 200])
  })

  it('streams a tool loop', async () => {
    const options = { tools: { run_command }, stopWhen: stepCountIs(3) }
    const stream = streamText({ ...options, model: models.language('sim-tools'), prompt: 'run the command' })
    expect(await stream.text).toContain("The tool's output was received")
    expect(ran).toEqual(['echo weir-simulator'])
    expect(await stream.steps).toHaveLength(2)
  })

  it('embeds', async () => {
    const { embedding, usage } = await embed({ model: models.embedding('sim-embedding'), value: 'weir' })
    expect(embedding.length).toBeGreaterThan(0)
    expect(embedding.every(Number.isFinite)).toBe(true)
    expect((await lastLogged()).usage.input).toBe(usage.tokens)
  })
})
