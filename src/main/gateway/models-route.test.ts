import { describe, expect, it } from 'vitest'
import { bareUpstream, poolOf } from '../../../test/support/route-scene.ts'
import type { ModelFacts } from '../../shared/models/model-facts.ts'
import { createDirectory } from './directory.ts'
import { modelList, oneModel } from './models-route.ts'
import type { Asker } from './model-offers.ts'
import type { KeyRecord, PoolModels, UpstreamRecord } from './ports.ts'

const key = {
  modelPolicy: { mode: 'all' },
  selectedModels: null,
  enforced: { model: null, effort: null, serviceTier: null },
  allowedUpstreams: null,
} as Partial<KeyRecord> as KeyRecord

function factsOf(id: string, more: Partial<ModelFacts> = {}): ModelFacts {
  const unsaid = { name: null, contextWindow: null, maxOutput: null, efforts: [], inputs: [] }
  return { id, ...unsaid, hasTools: null, isLite: null, isHidden: false, ...more }
}

interface Described {
  readonly facts?: readonly ModelFacts[]
  readonly entries?: readonly Record<string, unknown>[]
}

function upstream(id: string, models: readonly string[], { facts = [], entries = [] }: Described = {}): UpstreamRecord {
  const catalog = {
    facts: new Map(facts.map((each) => [each.id, each])),
    entries: new Map(entries.map((each) => [String(each['slug']), JSON.stringify(each)])),
  }
  return bareUpstream(id, { models: new Set(models), catalog })
}

function house(upstreams: readonly UpstreamRecord[], models: PoolModels | null = null, who = key) {
  const directory = createDirectory()
  for (const record of upstreams) directory.putUpstream(record)
  const pool = poolOf(
    upstreams.map(({ id }) => id),
    { models },
  )
  return { caller: { key: who, token: null, pool } satisfies Asker, directory }
}

interface List {
  readonly data: Record<string, unknown>[]
  readonly models: Record<string, unknown>[]
}

function listed(...asked: Parameters<typeof house>): List {
  const { caller, directory } = house(...asked)
  return JSON.parse(modelList(caller, directory).toString()) as List
}

const none = { aliases: new Map<string, string>(), allowed: null }
const codex = (slug: string, more: object = {}) => ({
  slug,
  display_name: slug,
  visibility: 'list',
  priority: 1,
  ...more,
})

describe('models-route', () => {
  it('says of a model what all agree on who serve it, and nothing where nobody says anything', () => {
    const big = factsOf('m', { name: 'M', contextWindow: 200_000, inputs: ['text', 'image'], hasTools: true })
    const small = factsOf('m', { contextWindow: 8_000, maxOutput: 4_000, inputs: ['text'], efforts: ['low', 'turbo'] })
    const { data, models } = listed([
      upstream('a', ['m', 'x'], { facts: [big] }),
      upstream('b', ['m'], { facts: [small] }),
    ])
    const base = { object: 'model', created: 0, owned_by: 'weir' }
    expect(data).toEqual([
      {
        ...base,
        id: 'm',
        display_name: 'M',
        context_length: 8_000,
        max_output_tokens: 4_000,
        input_modalities: ['text'],
        supports_tools: true,
        supports_reasoning: true,
        reasoning_efforts: ['low', 'turbo'],
      },
      { ...base, id: 'x' },
    ])
    // Codex refuses a list with a word that it does not know.
    expect(models[0]).toMatchObject({
      slug: 'm',
      display_name: 'M',
      context_window: 8_000,
      effective_context_window_percent: 100,
      supported_reasoning_levels: [{ effort: 'low', description: '' }],
      default_reasoning_level: 'low',
      input_modalities: ['text'],
      priority: 1,
    })
    expect(models[1]).toMatchObject({ slug: 'x', context_window: 128_000, supported_reasoning_levels: [], priority: 2 })
    expect(models[1]).not.toHaveProperty('input_modalities')
  })

  it("passes the provider's own entries as they are, puts made ones behind, and leaves Codex's own ids to Codex", () => {
    const entry = codex('gpt-6', { base_instructions: 'ü'.repeat(9), later: { a: [1] } })
    const { models } = listed([upstream('a', ['gpt-6', 'gpt-5'], { entries: [entry] }), upstream('b', ['m'])])
    expect(models[0]).toEqual(entry)
    expect(models.map(({ slug, priority }) => [slug, priority])).toEqual([
      ['gpt-6', 1],
      ['m', 1_001],
    ])
  })

  it('shows an alias with the entry and the facts of what it leads to, and the form that the Pool chose', () => {
    const facts = [factsOf('gpt-6', { contextWindow: 9, isHidden: true })]
    const entries = [codex('gpt-6', { visibility: 'hide', use_responses_lite: true })]
    const models = { ...none, aliases: new Map([['fast', 'gpt-6']]), modes: new Map([['gpt-6', 'full' as const]]) }
    const list = listed([upstream('a', ['gpt-6'], { facts, entries })], models)
    // Its provider does not list it; the operator's own name for it is meant to be seen.
    expect(list.data.map(({ id, context_length }) => [id, context_length])).toEqual([['fast', 9]])
    expect(list.models).toEqual([
      codex('fast', { use_responses_lite: false }),
      codex('gpt-6', { visibility: 'hide', use_responses_lite: false }),
    ])
  })

  it('shows an alias that only one upstream has under another id', () => {
    const byUpstream = new Map([['fast', new Map([['b', 'theirs']])]])
    const models = { ...none, aliases: new Map([['fast', 'mine']]), byUpstream }
    const theirs = upstream('b', ['theirs'], { facts: [factsOf('theirs', { contextWindow: 7 })] })
    expect(listed([theirs], models).data).toMatchObject([{ id: 'fast', context_length: 7 }, { id: 'theirs' }])
    expect(listed([upstream('a', ['theirs'])], models).data).toMatchObject([{ id: 'theirs' }])
  })

  it('leaves out what the Pool hides, and answers for it by name', () => {
    const models = { ...none, hidden: new Set(['gpt-6', 'm']) }
    const { caller, directory } = house([upstream('a', ['gpt-6', 'm', 'x'], { entries: [codex('gpt-6')] })], models)
    const list = JSON.parse(modelList(caller, directory).toString()) as List
    expect([list.data.map(({ id }) => id), list.models.map(({ slug }) => slug)]).toEqual([['x'], ['x']])
    expect(oneModel(caller, directory, 'm')).toMatchObject({ id: 'm', object: 'model' })
    expect(() => oneModel(caller, directory, 'gone')).toThrow(expect.objectContaining({ code: 'model_not_found' }))
  })

  it('is never longer than Codex takes: entries that have no room are left out, or made shorter', () => {
    const prompt = 'p'.repeat(400 * 1_024)
    const slugs = ['a-1', 'a-2', 'a-3', 'a-4', 'gpt-5']
    const entries = slugs.map((slug) => codex(slug, { base_instructions: prompt }))
    const many = Array.from({ length: 1_500 }, (_, at) => `vendor/model-${String(at)}`)
    const { caller, directory } = house([upstream('a', slugs, { entries }), upstream('b', many)])
    const body = modelList(caller, directory)
    expect(body.length).toBeLessThanOrEqual(1_024 * 1_024)
    const list = JSON.parse(body.toString()) as List
    expect(list.data).toHaveLength(1_505)
    const whole = list.models.filter(({ base_instructions }) => base_instructions === prompt)
    expect(whole.map(({ slug }) => slug)).toEqual(['a-1', 'a-2'])
    expect(list.models.slice(2, 5).map(({ slug }) => slug)).toEqual(['a-3', 'a-4', 'vendor/model-0'])
    expect(list.models.length).toBeLessThan(1_500)
  })
})
