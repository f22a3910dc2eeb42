import { describe, expect, it } from 'vitest'
import { mergeFacts } from './merge-facts.ts'
import type { ModelFacts } from './models/model-facts.ts'

const facts: ModelFacts = {
  id: 'm',
  name: null,
  contextWindow: null,
  maxOutput: null,
  efforts: [],
  inputs: [],
  hasTools: null,
  isLite: null,
  isHidden: true,
}

describe('merge-facts', () => {
  it('has nothing of nobody, and of one what that says', () => {
    expect(mergeFacts([])).toBeNull()
    expect(mergeFacts([facts])).toBe(facts)
  })

  it('takes the least that all offer who say anything', () => {
    const large = {
      ...facts,
      contextWindow: 200_000,
      maxOutput: 5,
      efforts: ['low', 'high'],
      inputs: ['text', 'image'],
    }
    const small = { ...facts, name: 'M', contextWindow: 8_000, efforts: ['high', 'xhigh'], inputs: ['text'] }
    expect(mergeFacts([large, facts, { ...small, hasTools: true, isHidden: false }])).toEqual({
      ...facts,
      name: 'M',
      contextWindow: 8_000,
      maxOutput: 5,
      efforts: ['high'],
      inputs: ['text'],
      hasTools: true,
      isHidden: false,
    })
    expect(
      mergeFacts([
        { ...facts, hasTools: true },
        { ...facts, hasTools: false },
      ])?.hasTools,
    ).toBe(false)
  })
})
