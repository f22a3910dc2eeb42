import { describe, expect, it } from 'vitest'
import { readFacts } from './model-facts.ts'

const unsaid = {
  name: null,
  contextWindow: null,
  maxOutput: null,
  efforts: [],
  inputs: [],
  hasTools: null,
  isLite: null,
  isHidden: false,
}

describe('model-facts', () => {
  it.each([
    ['a text', 'm'],
    ['the id alone', { id: 'm', object: 'model', created: 1, owned_by: 'openai' }],
    ['its id as its name', { id: 'm', name: 'm', display_name: '' }],
    ['what is of another kind', { id: 'm', context_length: '8192', max_model_len: -1, architecture: 7, efforts: {} }],
  ])('finds nothing in %s', (_name, row) => {
    expect(readFacts('m', row)).toBeNull()
  })

  it.each([
    [
      "Codex's backend",
      {
        slug: 'm',
        display_name: 'M 6',
        context_window: 272_000,
        effective_context_window_percent: 95,
        supported_reasoning_levels: [{ effort: 'low', description: 'x' }, { effort: 'high' }, { effort: 7 }],
        input_modalities: ['text', 'image'],
        use_responses_lite: true,
        visibility: 'hide',
      },
      {
        name: 'M 6',
        contextWindow: 258_400,
        efforts: ['low', 'high'],
        inputs: ['text', 'image'],
        isLite: true,
        isHidden: true,
      },
    ],
    [
      'OpenRouter',
      {
        id: 'm',
        name: 'Vendor: M',
        context_length: 131_072,
        architecture: { input_modalities: ['text', 'file'] },
        top_provider: { context_length: 65_536, max_completion_tokens: 16_384 },
        supported_parameters: ['temperature', 'tools'],
      },
      { name: 'Vendor: M', contextWindow: 131_072, maxOutput: 16_384, inputs: ['text', 'file'], hasTools: true },
    ],
    ['vLLM', { id: 'm', max_model_len: 32_768 }, { contextWindow: 32_768 }],
    ['llama.cpp', { id: 'm', meta: { n_ctx_train: 4_096 } }, { contextWindow: 4_096 }],
    [
      'Mistral',
      { id: 'm', max_context_length: 128_000, capabilities: { function_calling: false, vision: true } },
      { contextWindow: 128_000, hasTools: false, inputs: ['text', 'image'] },
    ],
    [
      'Groq',
      { id: 'm', context_window: 8_192, max_completion_tokens: 8_000 },
      { contextWindow: 8_192, maxOutput: 8_000 },
    ],
    [
      'another Weir',
      { id: 'm', context_length: 9, max_output_tokens: 5, reasoning_efforts: ['low'], supports_tools: true },
      { contextWindow: 9, maxOutput: 5, efforts: ['low'], hasTools: true },
    ],
  ])('reads the list of %s', (_name, row, facts) => {
    expect(readFacts('m', row)).toEqual({ id: 'm', ...unsaid, ...facts })
  })

  it('keeps no more of a row than anybody could show', () => {
    const facts = readFacts('m', {
      name: 'n'.repeat(999),
      input_modalities: ['x'.repeat(99), ...Array.from({ length: 99 }, (_, at) => `i${at}`)],
      context_length: 2e12,
    })
    expect([facts?.name?.length, facts?.inputs.length, facts?.contextWindow]).toEqual([200, 20, null])
  })
})
