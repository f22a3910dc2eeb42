import { describe, expect, it } from 'vitest'
import { apiBaseOf, isOpenai } from './base-url.ts'

describe('base-url', () => {
  it.each([
    ['http://host', 'http://host/v1'],
    ['http://host/', 'http://host/v1'],
    ['http://host/v1', 'http://host/v1'],
    ['http://host/v1/', 'http://host/v1'],
    ['http://host//v1//', 'http://host/v1'],
    ['http://host:8080', 'http://host:8080/v1'],
    ['http://[::1]:11434', 'http://[::1]:11434/v1'],
    ['http://host/openai/v1', 'http://host/openai/v1'],
    ['http://host/api/v3', 'http://host/api/v3'],
    ['http://host/api/v3/', 'http://host/api/v3'],
    ['https://api.openai.com', 'https://api.openai.com/v1'],
    ['https://api.openai.com:443/v1', 'https://api.openai.com/v1'],
    ['https://openrouter.ai/api', 'https://openrouter.ai/api/v1'],
    ['https://openrouter.ai/api/v1', 'https://openrouter.ai/api/v1'],
    ['https://api.groq.com/openai', 'https://api.groq.com/openai/v1'],
    ['https://api.fireworks.ai/inference/v1', 'https://api.fireworks.ai/inference/v1'],
    [
      'https://generativelanguage.googleapis.com/v1beta/openai/',
      'https://generativelanguage.googleapis.com/v1beta/openai',
    ],
    [
      'https://gateway.ai.cloudflare.com/v1/account/gw/openai',
      'https://gateway.ai.cloudflare.com/v1/account/gw/openai',
    ],
    ['https://api.perplexity.ai', 'https://api.perplexity.ai'],
    ['https://models.github.ai/inference', 'https://models.github.ai/inference'],
    ['https://models.github.ai/orgs/acme/inference/', 'https://models.github.ai/orgs/acme/inference'],
    ['https://x.cloud.databricks.com/serving-endpoints', 'https://x.cloud.databricks.com/serving-endpoints'],
    ['http://host/v1/chat/completions', 'http://host/v1'],
    ['http://host/v1/responses/', 'http://host/v1'],
    ['http://host/embeddings', 'http://host/v1'],
  ])('makes an API base of %s', (given, wanted) => {
    expect(apiBaseOf(given)).toBe(wanted)
  })

  it('leaves an API base that it made as it is', () => {
    for (const address of ['http://host', 'https://openrouter.ai/api', 'https://api.perplexity.ai']) {
      expect(apiBaseOf(apiBaseOf(address))).toBe(apiBaseOf(address))
    }
  })

  it('takes only https://api.openai.com for OpenAI', () => {
    expect(isOpenai('https://api.openai.com/v1')).toBe(true)
    expect(isOpenai('https://api.openai.com:443')).toBe(true)
    expect(isOpenai('http://api.openai.com/v1')).toBe(false)
    expect(isOpenai('https://api.openai.com:8443')).toBe(false)
    expect(isOpenai('https://api.openai.com.example.com')).toBe(false)
    expect(isOpenai('https://eu.api.openai.com')).toBe(false)
  })
})
