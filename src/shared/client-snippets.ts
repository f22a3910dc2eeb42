/**
 * How each client is pointed at Weir, as text to paste. Pure, and the only place that knows: the first run, the dialog of
 * a new key and docs/clients.md show the same. The secret stands in one line only, the one that sets the variable, and
 * only where it is given; everything else names the variable.
 */
export type SnippetId = 'codex' | 'codex-openai' | 'opencode' | 'openai-python' | 'openai-js' | 'ai-sdk' | 'curl'

export interface ClientSnippet {
  readonly id: SnippetId
  readonly label: string
  /** The file that the code belongs to; null for code of one's own and for a command. */
  readonly file: string | null
  readonly language: 'toml' | 'json' | 'python' | 'javascript' | 'sh' | 'powershell'
  readonly code: string
  /** Puts the key into the variable that the code reads. Holds the secret where one was given. */
  readonly setup: string
  /** How to begin with it, or null. */
  readonly command: string | null
  /** What is worth knowing before one wonders. */
  readonly notes: readonly string[]
}

export interface SnippetOptions {
  /** Of the gateway, with or without `/v1`. */
  readonly baseUrl: string
  /** A model that the key may use. */
  readonly model: string
  /** Left out, a placeholder stands in its place. */
  readonly secret?: string | undefined
  /** Of the terminal that `setup` and the curl line are meant for. */
  readonly shell?: 'sh' | 'powershell' | undefined
}

export const KEY_PLACEHOLDER = 'sk-weir-…'
const VARIABLE = 'WEIR_KEY'

function v1(baseUrl: string): string {
  const bare = baseUrl.replace(/\/+$/, '')
  return bare.endsWith('/v1') ? bare : `${bare}/v1`
}

/** As a string of TOML, JSON, Python and JavaScript alike: their escapes are the same for what can stand here. */
function quoted(text: string): string {
  return JSON.stringify(text)
}

/** As a string of JavaScript in single quotes. */
function single(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/** Whole as one word of a POSIX shell. */
function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:…-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

function setupLine(variable: string, { secret = KEY_PLACEHOLDER, shell = 'sh' }: SnippetOptions): string {
  return shell === 'powershell'
    ? `$env:${variable} = '${secret.replaceAll("'", "''")}'`
    : `export ${variable}=${shellWord(secret)}`
}

function codex(base: string, { model }: SnippetOptions): string {
  return `model = ${quoted(model)}
model_provider = "weir"

[model_providers.weir]
name = "Weir"
base_url = ${quoted(base)}
wire_api = "responses"
env_key = "${VARIABLE}"`
}

function opencode(base: string, { model }: SnippetOptions): string {
  const id = quoted(model)
  return `{
  "$schema": "https://opencode.ai/config.json",
  "provider": {
    "weir": {
      "npm": "@ai-sdk/openai-compatible",
      "name": "Weir",
      "options": { "baseURL": ${quoted(base)}, "apiKey": "{env:${VARIABLE}}" },
      "models": { ${id}: { "name": ${id}, "tool_call": true, "limit": { "context": 200000, "output": 32000 } } }
    }
  }
}`
}

function openaiPython(base: string, { model }: SnippetOptions): string {
  return `import os
from openai import OpenAI

client = OpenAI(base_url=${quoted(base)}, api_key=os.environ["${VARIABLE}"])
answer = client.responses.create(model=${quoted(model)}, input="Hello")
print(answer.output_text)`
}

function openaiJs(base: string, { model }: SnippetOptions): string {
  return `import OpenAI from 'openai'

const client = new OpenAI({ baseURL: ${single(base)}, apiKey: process.env.${VARIABLE} })
const answer = await client.responses.create({ model: ${single(model)}, input: 'Hello' })`
}

function aiSdk(base: string, { model }: SnippetOptions): string {
  return `import { createOpenAI } from '@ai-sdk/openai'
import { generateText } from 'ai'

const weir = createOpenAI({ baseURL: ${single(base)}, apiKey: process.env.${VARIABLE} })
const { text } = await generateText({ model: weir(${single(model)}), prompt: 'Hello' })`
}

function curl(base: string, { model, shell = 'sh' }: SnippetOptions): string {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] })
  if (shell === 'powershell') {
    // Not curl.exe: older PowerShells take the quotes out of an argument.
    return `Invoke-RestMethod ${base}/chat/completions -Method Post -ContentType "application/json" \`
  -Headers @{ Authorization = "Bearer $env:${VARIABLE}" } \`
  -Body '${body.replaceAll("'", "''")}'`
  }
  return `curl ${base}/chat/completions \\
  -H "Authorization: Bearer $${VARIABLE}" -H "Content-Type: application/json" \\
  -d '${body.replaceAll("'", String.raw`'\''`)}'`
}

export function clientSnippets(options: SnippetOptions): readonly ClientSnippet[] {
  const base = v1(options.baseUrl)
  const setup = setupLine(VARIABLE, options)
  const { model } = options
  const plain = { file: null, setup, command: null, notes: [] } as const
  return [
    {
      id: 'codex',
      label: 'Codex',
      file: '~/.codex/config.toml',
      language: 'toml',
      code: codex(base, options),
      setup,
      command: 'codex',
      notes: ['With env_key, a ChatGPT login that Codex also knows of is not sent to Weir.'],
    },
    {
      id: 'codex-openai',
      label: 'Codex, built-in provider',
      file: '~/.codex/config.toml',
      language: 'toml',
      code: `openai_base_url = ${quoted(base)}`,
      setup: setupLine('OPENAI_API_KEY', options),
      command: 'codex',
      notes: ['Codex ignores the variable OPENAI_BASE_URL: with it alone, your key would go to OpenAI.'],
    },
    {
      id: 'opencode',
      label: 'OpenCode',
      file: 'opencode.json',
      language: 'json',
      code: opencode(base, options),
      setup,
      command: `opencode run -m ${shellWord(`weir/${model}`)} "Hello"`,
      notes: ['OpenCode does not ask for the list of models: each one it may use must be named.'],
    },
    {
      ...plain,
      id: 'openai-python',
      label: 'OpenAI SDK, Python',
      language: 'python',
      code: openaiPython(base, options),
    },
    {
      ...plain,
      id: 'openai-js',
      label: 'OpenAI SDK, JavaScript',
      language: 'javascript',
      code: openaiJs(base, options),
    },
    { ...plain, id: 'ai-sdk', label: 'Vercel AI SDK', language: 'javascript', code: aiSdk(base, options) },
    {
      ...plain,
      id: 'curl',
      label: options.shell === 'powershell' ? 'PowerShell' : 'curl',
      language: options.shell ?? 'sh',
      code: curl(base, options),
    },
  ]
}
