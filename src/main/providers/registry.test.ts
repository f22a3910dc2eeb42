import { describe, expect, it } from 'vitest'
import { upstreamKind } from '../../shared/models/upstream.ts'
import { providerOf } from './registry.ts'

describe('registry', () => {
  it('has a provider for every kind', () => {
    for (const kind of upstreamKind.options) expect(providerOf(kind).kind).toBe(kind)
  })

  it('counts OpenAI itself as no third party, whatever the kind', () => {
    expect(providerOf('openai').isThirdParty('https://api.openai.com/v1')).toBe(false)
    expect(providerOf('openai-compatible').isThirdParty('https://api.openai.com')).toBe(false)
    expect(providerOf('openai').isThirdParty('https://proxy.example.com/v1')).toBe(true)
    expect(providerOf('simulator').isThirdParty('http://127.0.0.1:1/sim/v1')).toBe(true)
  })

  it('needs a secret where OpenAI serves', () => {
    expect(upstreamKind.options.filter((kind) => providerOf(kind).needsSecret)).toEqual(['openai', 'chatgpt'])
  })
})
