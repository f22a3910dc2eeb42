/** Reads a chat or responses request down to what the simulator's answer depends on. */
import { isObject, listOf, numberOf, objectOf, textOf, type JsonObject } from './json.ts'
import { hashOf } from './random.ts'

/** A tool the client offers. Codex groups some in a namespace, and calls them back by both names. */
export interface Tool {
  readonly kind: 'function' | 'custom'
  readonly name: string
  readonly namespace: string | null
  readonly parameters: unknown
}

export interface Prompt {
  /** Hash of what matters: not of `stream`, `stream_options` or metadata, so streamed and plain answers agree. */
  readonly seed: string
  /** Characters of messages, instructions and tools as JSON, divided by four. */
  readonly inputTokens: number
  readonly userText: string
  /** Characters of the tool's output when that is what the request ends with. */
  readonly toolOutputLength: number | null
  readonly tools: readonly Tool[]
  /** `tool_choice`: a tool's name where one is forced. */
  readonly toolChoice: 'auto' | 'none' | 'required' | { readonly name: string }
  readonly wantsCompaction: boolean
  /** Schema of structured output; `{}` for any object. */
  readonly outputSchema: JsonObject | null
  readonly maxOutputTokens: number | null
  readonly effort: string | null
}

export function readChat(body: JsonObject): Prompt {
  const messages = listOf(body['messages']).map(objectOf)
  const last = messages.findLast((message) => message['role'] === 'user' || message['role'] === 'tool')
  const format = objectOf(body['response_format'])
  return {
    ...measure('chat', [body['model'], body['messages'], body['tools'], body['tool_choice']]),
    userText: plainText(messages.findLast((message) => message['role'] === 'user')?.['content']),
    toolOutputLength: last?.['role'] === 'tool' ? plainText(last['content']).length : null,
    tools: listOf(body['tools']).flatMap(chatTool),
    toolChoice: readToolChoice(body['tool_choice']),
    wantsCompaction: false,
    outputSchema: readFormat(format, objectOf(format['json_schema'])['schema']),
    maxOutputTokens: numberOf(body['max_completion_tokens']) ?? numberOf(body['max_tokens']),
    effort: textOf(body['reasoning_effort']) || null,
  }
}

export function readResponses(body: JsonObject): Prompt {
  const input = body['input']
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : listOf(input).map(objectOf)
  const last = items.findLast((item) => item['role'] === 'user' || isToolOutput(item))
  const carried = items.filter((item) => item['type'] === 'additional_tools').map((item) => item['tools'])
  const format = objectOf(objectOf(body['text'])['format'])
  return {
    ...measure('responses', [body['model'], input, body['instructions'], body['tools'], body['tool_choice']]),
    userText: plainText(items.findLast((item) => item['role'] === 'user')?.['content']),
    toolOutputLength: last !== undefined && isToolOutput(last) ? plainText(last['output']).length : null,
    tools: [body['tools'], ...carried].flatMap((tools) => listOf(tools).flatMap((tool) => responsesTool(tool, null))),
    toolChoice: readToolChoice(body['tool_choice']),
    wantsCompaction: items.at(-1)?.['type'] === 'compaction_trigger',
    outputSchema: readFormat(format, format['schema']),
    maxOutputTokens: numberOf(body['max_output_tokens']),
    effort: textOf(objectOf(body['reasoning'])['effort']) || null,
  }
}

function measure(route: string, parts: readonly unknown[]): Pick<Prompt, 'seed' | 'inputTokens'> {
  const texts = parts.map((part) => (part === undefined ? '' : JSON.stringify(part)))
  return {
    seed: hashOf(route, ...texts),
    // The model's name is no input.
    inputTokens: estimateTokens(texts.slice(1).reduce((length, text) => length + text.length, 0)),
  }
}

/** The simulator's stated estimate: four characters are a token. */
export function estimateTokens(characters: number): number {
  return Math.ceil(characters / 4)
}

function isToolOutput(item: JsonObject): boolean {
  return item['type'] === 'function_call_output' || item['type'] === 'custom_tool_call_output'
}

/** The text of a string, of a list of content parts, or of an object around them. */
function plainText(content: unknown): string {
  if (typeof content === 'string') return content
  if (Array.isArray(content)) return content.map((part) => textOf(objectOf(part)['text'])).join('')
  return isObject(content) ? plainText(content['content'] ?? content['text']) : ''
}

function chatTool(raw: unknown): Tool[] {
  const definition = objectOf(objectOf(raw)['function'])
  const name = textOf(definition['name'])
  return name === '' ? [] : [{ kind: 'function', name, namespace: null, parameters: definition['parameters'] }]
}

function responsesTool(raw: unknown, namespace: string | null): Tool[] {
  const tool = objectOf(raw)
  const name = textOf(tool['name'])
  if (tool['type'] === 'namespace' && namespace === null) {
    return listOf(tool['tools']).flatMap((inner) => responsesTool(inner, name))
  }
  if (name === '' || (tool['type'] !== 'function' && tool['type'] !== 'custom')) return []
  return [{ kind: tool['type'], name, namespace, parameters: tool['parameters'] }]
}

function readToolChoice(raw: unknown): Prompt['toolChoice'] {
  if (raw === 'none' || raw === 'required') return raw
  const name = textOf(objectOf(raw)['name']) || textOf(objectOf(objectOf(raw)['function'])['name'])
  return name === '' ? 'auto' : { name }
}

function readFormat(format: JsonObject, schema: unknown): JsonObject | null {
  if (format['type'] === 'json_schema') return objectOf(schema)
  return format['type'] === 'json_object' ? {} : null
}
