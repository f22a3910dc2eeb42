import { describe, expect, it } from 'vitest'
import type { ModelFacts } from '../../../shared/models/model-facts.ts'
import {
  aliasesOf,
  emptyModels,
  modelFieldIds,
  modelProblems,
  withHidden,
  withMode,
  type AliasRow,
} from './model-form.ts'
import { modelRows } from './model-rows.ts'

const row: AliasRow = { row: 3, alias: 'fast', model: 'usual' }
const at = (upstreamId: string, model: string) => ({ upstreamId, model })

describe('model-form', () => {
  it('saves an id of a single upstream only where one is given', () => {
    const aliases = [row, { ...row, alias: ' b ', upstreams: [at('x', ' theirs '), at('y', ' ')] }]
    expect(aliasesOf({ aliases })).toEqual([
      { alias: 'fast', model: 'usual' },
      { alias: 'b', model: 'usual', upstreams: [at('x', 'theirs')] },
    ])
  })

  it('finds what is wrong with such an id, and leads to its field', () => {
    const aliases = [{ ...row, upstreams: [at('x', 'a b'), at('y', '')] }]
    expect(modelProblems({ ...emptyModels, aliases }, (id) => `name of ${id}`)).toEqual([
      { message: expect.stringMatching(/^Alias fast at name of x: .*blanks/), fieldId: modelFieldIds.ownId(3, 'x') },
    ])
  })

  it('hides and shows, and names no mode that is the usual one', () => {
    expect(withHidden(withHidden(['b'], 'a', true), 'b', false)).toEqual(['a'])
    expect(withHidden(['a'], 'a', true)).toEqual(['a'])
    const modes = withMode(withMode([], 'b', 'lite'), 'a', 'full')
    expect(modes).toEqual([
      { model: 'a', mode: 'full' },
      { model: 'b', mode: 'lite' },
    ])
    expect(withMode(modes, 'a', 'auto')).toEqual([{ model: 'b', mode: 'lite' }])
  })
})

describe('model-rows', () => {
  const factsOf = (id: string, contextWindow: number): ModelFacts => {
    const unsaid = { name: null, maxOutput: null, efforts: [], inputs: [], hasTools: null, isLite: null }
    return { id, contextWindow, ...unsaid, isHidden: false }
  }
  const upstream = (
    id: string,
    models: readonly string[],
    kind = 'openai',
    modelFacts: readonly ModelFacts[] = [],
  ) => ({
    id,
    kind,
    fetchedModels: models,
    manualModels: [],
    modelFacts,
  })

  it('has each model once, with what all say of it, and the form only where an account serves it', () => {
    const upstreams = [
      upstream('a', ['m', 'n'], 'chatgpt', [factsOf('m', 9)]),
      upstream('b', ['m', 'o'], 'openai', [factsOf('m', 7)]),
    ]
    expect(modelRows(upstreams, [], ['gone'])).toMatchObject([
      { id: 'gone', facts: null, isUnserved: true, hasMode: false },
      { id: 'm', facts: { contextWindow: 7 }, isUnserved: false, hasMode: true },
      { id: 'n', hasMode: true },
      { id: 'o', hasMode: false },
    ])
  })

  it('shows of an alias what it leads to, at each upstream by its own id', () => {
    const upstreams = [
      upstream('a', ['m'], 'chatgpt', [factsOf('m', 9)]),
      upstream('b', ['theirs'], 'openai', [factsOf('theirs', 5)]),
    ]
    const alias = { alias: 'fast', model: 'm', upstreams: [at('b', 'theirs')] }
    const [fast] = modelRows(upstreams, [alias], [])
    expect(fast).toEqual({
      id: 'fast',
      facts: expect.objectContaining({ contextWindow: 5 }),
      isUnserved: false,
      isAlias: true,
      hasMode: false,
    })
    expect(modelRows(upstreams, [{ alias: 'lost', model: 'nowhere' }], [])[0]).toMatchObject({ isUnserved: true })
  })

  it('calls nothing unserved where an upstream has no list: it takes any id', () => {
    expect(modelRows([upstream('a', [])], [], ['m'])).toMatchObject([{ id: 'm', isUnserved: false }])
    expect(modelRows([], [], [])).toEqual([])
  })
})
