import { describe, expect, it } from 'vitest'
import { findUsage, toTokenUsage } from './usage.ts'

const chat = { prompt_tokens: 1_000, completion_tokens: 50 }
const plain = { input: 1_000, cached: 0, output: 50, reasoning: 0 }

describe('figures of a provider', () => {
  it.each([
    ['chat', chat, plain],
    ['responses', { input_tokens: 1_000, output_tokens: 50 }, plain],
    ['embeddings', { prompt_tokens: 1_000, total_tokens: 1_000 }, { ...plain, output: 0 }],
    [
      'OpenAI, with what its cache read and wrote',
      { ...chat, prompt_tokens_details: { cached_tokens: 300, cache_write_tokens: 600 } },
      { ...plain, cached: 300, cacheWrite: 600 },
    ],
    [
      'OpenAI, responses',
      {
        input_tokens: 1_000,
        input_tokens_details: { cached_tokens: 300, cache_write_tokens: 600 },
        output_tokens: 50,
        output_tokens_details: { reasoning_tokens: 9 },
      },
      { ...plain, cached: 300, cacheWrite: 600, reasoning: 9 },
    ],
    [
      'OpenAI, where nothing was written',
      { ...chat, prompt_tokens_details: { cached_tokens: 300, cache_write_tokens: 0 } },
      { ...plain, cached: 300 },
    ],
    [
      'LiteLLM, which says it twice and counts it as input',
      {
        ...chat,
        prompt_tokens_details: { cached_tokens: 300, cache_creation_tokens: 600 },
        cache_creation_input_tokens: 600,
        cache_read_input_tokens: 300,
      },
      { ...plain, cached: 300, cacheWrite: 600 },
    ],
    [
      'Alibaba',
      { ...chat, prompt_tokens_details: { cached_tokens: 0, cache_creation_input_tokens: 600 } },
      { ...plain, cacheWrite: 600 },
    ],
    [
      'Anthropic, whose input has neither in it',
      { input_tokens: 100, cache_read_input_tokens: 300, cache_creation_input_tokens: 600, output_tokens: 50 },
      { ...plain, cached: 300, cacheWrite: 600 },
    ],
    [
      'Anthropic, where its cache was only read',
      { input_tokens: 700, cache_read_input_tokens: 300, cache_creation_input_tokens: 0, output_tokens: 50 },
      { ...plain, cached: 300 },
    ],
    ['DeepSeek', { ...chat, prompt_cache_hit_tokens: 300, prompt_cache_miss_tokens: 700 }, { ...plain, cached: 300 }],
    ['Moonshot', { ...chat, cached_tokens: 300 }, { ...plain, cached: 300 }],
    [
      'nonsense in the details',
      { ...chat, prompt_tokens_details: { cached_tokens: 'x', cache_write_tokens: -5 } },
      plain,
    ],
  ])('are read from those of %s', (_, reported, usage) => {
    expect(toTokenUsage(reported)).toEqual(usage)
    expect(findUsage(Buffer.from(JSON.stringify({ id: 'x', choices: [], usage: reported, model: 'm' })))).toEqual(usage)
  })

  it.each([null, 5, 'usage', {}, { seconds: 3 }, { prompt_tokens: '5' }])('are none in %j', (reported) => {
    expect(toTokenUsage(reported)).toBeNull()
  })
})
