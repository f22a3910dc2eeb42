import { describe, expect, it } from 'vitest'
import { clientSnippets, KEY_PLACEHOLDER, type SnippetId, type SnippetOptions } from './client-snippets.ts'

const base = 'http://127.0.0.1:4141'

function snippet(id: SnippetId, options: Partial<SnippetOptions> = {}) {
  const found = clientSnippets({ baseUrl: base, model: 'gpt-5.5', ...options }).find((one) => one.id === id)
  if (found === undefined) throw new Error(`no snippet ${id}`)
  return found
}

describe('client-snippets', () => {
  it('names the address with /v1 once, however it is given', () => {
    for (const baseUrl of [base, `${base}/`, `${base}/v1`, `${base}/v1/`]) {
      for (const { code } of clientSnippets({ baseUrl, model: 'm' })) {
        expect(code.split(base).length).toBe(2)
        expect(code).toContain(`${base}/v1`)
        expect(code).not.toContain('/v1/v1')
      }
    }
  })

  it('holds the secret in the line that sets the variable, and only when it is given', () => {
    const secret = 'sk-weir-abc123'
    for (const shell of ['sh', 'powershell'] as const) {
      for (const one of clientSnippets({ baseUrl: base, model: 'm', secret, shell })) {
        const { setup, ...rest } = one
        expect(setup.split(secret).length).toBe(2)
        expect(JSON.stringify(rest)).not.toContain(secret)
      }
      for (const one of clientSnippets({ baseUrl: base, model: 'm', shell }))
        expect(one.setup).toContain(KEY_PLACEHOLDER)
    }
  })

  it('has every snippet read the variable that its own line sets', () => {
    for (const one of clientSnippets({ baseUrl: base, model: 'm', secret: 's' })) {
      const name = /^export (\w+)=s$/.exec(one.setup)?.[1] ?? ''
      // Codex’s built-in provider looks for its variable by itself.
      if (one.id !== 'codex-openai') expect(one.code).toContain(name)
      else expect(name).toBe('OPENAI_API_KEY')
    }
    expect(snippet('curl', { shell: 'powershell', secret: "a'b" }).setup).toBe("$env:WEIR_KEY = 'a''b'")
  })

  it('makes a configuration that OpenCode can read, whatever the model is called', () => {
    const model = 'org/"odd"\\model\'s'
    const config = JSON.parse(snippet('opencode', { model }).code) as {
      provider: { weir: { options: unknown; models: Record<string, { name: string }> } }
    }
    expect(config.provider.weir.options).toEqual({ baseURL: `${base}/v1`, apiKey: '{env:WEIR_KEY}' })
    expect(config.provider.weir.models[model]?.name).toBe(model)
    expect(snippet('opencode', { model }).command).toBe(`opencode run -m 'weir/org/"odd"\\model'\\''s' "Hello"`)
  })

  it('keeps Codex from taking Weir for its own backend', () => {
    const { code } = snippet('codex')
    expect(code).toContain('wire_api = "responses"')
    expect(code).toContain('env_key = "WEIR_KEY"')
    expect(code).not.toMatch(/name = "OpenAI"/i)
    expect(snippet('codex-openai').code).toBe(`openai_base_url = "${base}/v1"`)
  })
})
