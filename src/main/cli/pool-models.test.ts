import { describe, expect, it } from 'vitest'
import type { Pool } from '../../shared/models/pool.ts'
import type { Upstream } from '../../shared/models/upstream.ts'
import type { Input } from './command.ts'
import { describeModels, readModels } from './pool-models.ts'

function given(flags: Readonly<Record<string, readonly string[]>>): Input {
  return { list: (name: string) => flags[name] ?? [] } as Partial<Input> as Input
}

describe('pool-models', () => {
  it('leaves out what no flag names, and clears what an empty one names', () => {
    expect(readModels(given({}), [])).toEqual({})
    const empty = { alias: [''], 'allow-model': [''], 'hide-model': [''], 'serving-mode': [''] }
    expect(readModels(given(empty), [])).toEqual({
      aliases: [],
      allowedModels: null,
      hiddenModels: [],
      servingModes: [],
    })
  })

  it('reads lists, and keeps what single upstreams call an alias that keeps its name', () => {
    const upstreams = [{ upstreamId: 'ups', model: 'theirs' }]
    const before = [
      { alias: 'fast', model: 'old', upstreams },
      { alias: 'gone', model: 'x', upstreams },
    ]
    const flags = {
      alias: ['fast=new', 'slow=a=b'],
      'hide-model': ['m', 'n'],
      'serving-mode': ['gpt-6=full', 'odd=name=lite'],
    }
    expect(readModels(given(flags), before)).toEqual({
      aliases: [
        { alias: 'fast', model: 'new', upstreams },
        { alias: 'slow', model: 'a=b' },
      ],
      hiddenModels: ['m', 'n'],
      servingModes: [
        { model: 'gpt-6', mode: 'full' },
        { model: 'odd=name', mode: 'lite' },
      ],
    })
  })

  it.each([
    ['alias', '=m'],
    ['alias', 'fast='],
    ['serving-mode', 'gpt-6'],
    ['serving-mode', 'gpt-6=other'],
    ['serving-mode', '=full'],
  ])('refuses --%s %s', (flag, text) => {
    expect(() => readModels(given({ [flag]: [text] }), [])).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining(text) }),
    )
  })

  it('describes a Pool, and what it has nothing of is left out', () => {
    const plain = { allowedModels: null, aliases: [], hiddenModels: [], servingModes: [] }
    expect(describeModels(plain as Partial<Pool> as Pool, [])).toEqual([
      ['Models', 'all'],
      ['Aliases', 'none'],
    ])
    const pool: Partial<Pool> = {
      allowedModels: ['a', 'b'],
      aliases: [{ alias: 'fast', model: 'm', upstreams: [{ upstreamId: 'ups', model: 'theirs' }] }],
      hiddenModels: ['m'],
      servingModes: [{ model: 'gpt-6', mode: 'lite' }],
    }
    const upstreams = [{ id: 'ups', name: 'Lab' }] as Partial<Upstream>[] as Upstream[]
    expect(describeModels(pool as Pool, upstreams)).toEqual([
      ['Models', 'a, b'],
      ['Aliases', 'fast = m, theirs at Lab'],
      ['Hidden', 'm'],
      ['Serving modes', 'gpt-6 = lite'],
    ])
  })
})
