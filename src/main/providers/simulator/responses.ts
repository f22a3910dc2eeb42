/** Responses as OpenAI sends them: one response object, or its life as numbered events. */
import { CREATED, isReasoningModel, type Answer } from './answer.ts'
import { cut } from './chat.ts'
import { listOf, objectOf, textOf, type JsonObject } from './json.ts'
import { serverError, type Rendering, type StreamEvent } from './rendering.ts'

export function renderResponses(answer: Answer, body: JsonObject): Rendering {
  const response = (status: string, output: unknown[], extra: JsonObject = {}) => ({
    ...echoOf(answer, body),
    status,
    output,
    ...extra,
  })
  const items = itemsOf(answer, body)
  const isCut = answer.content.kind === 'text' && answer.content.isCut
  const done = () =>
    response(isCut ? 'incomplete' : 'completed', items, {
      incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
      usage: usageOf(answer),
    })
  const failed = () =>
    response('failed', [], { error: { code: serverError.code, message: serverError.message }, usage: null })
  return {
    body: done,
    events: () => {
      const stream = createStream()
      const open = response('in_progress', [], { usage: null })
      stream.add('start', 'response.created', { response: open })
      stream.add('start', 'response.in_progress', { response: open })
      for (const [index, item] of items.entries()) addItem(stream, item, index)
      stream.add('end', isCut ? 'response.incomplete' : 'response.completed', { response: done() })
      return stream.events
    },
    errorBody: failed,
    errorEvents: (index) => {
      const { code, message, param } = serverError
      return (
        eventOf('error', { code, message, param, sequence_number: index }) +
        eventOf('response.failed', { response: failed(), sequence_number: index + 1 })
      )
    },
    malformedEvent: 'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":\n\n',
  }
}

interface Stream {
  readonly events: StreamEvent[]
  add(phase: StreamEvent['phase'], type: string, fields: JsonObject): void
}

function createStream(): Stream {
  const events: StreamEvent[] = []
  return {
    events,
    add(phase, type, fields) {
      events.push({ phase, text: eventOf(type, { ...fields, sequence_number: events.length }) })
    },
  }
}

function eventOf(type: string, fields: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
}

interface MessageItem extends JsonObject {
  readonly type: 'message'
  readonly id: string
  readonly content: readonly [{ readonly type: 'output_text'; readonly text: string }]
  /** Not sent: how the text is cut into deltas. */
  readonly [pieces]: readonly string[]
}
interface CallItem extends JsonObject {
  readonly type: 'function_call' | 'custom_tool_call'
  readonly id: string
}
interface OpaqueItem extends JsonObject {
  readonly type: 'reasoning' | 'compaction'
  readonly id: string
}
type Item = MessageItem | CallItem | OpaqueItem

const pieces = Symbol('pieces')

function itemsOf(answer: Answer, body: JsonObject): Item[] {
  const { content, seed } = answer
  const id = seed.slice(0, 40)
  if (content.kind === 'compaction') return [{ id: `cmp_${id}`, type: 'compaction', encrypted_content: opaque(seed) }]
  const isEncrypted = listOf(body['include']).includes('reasoning.encrypted_content')
  const items: Item[] = []
  if (isReasoningModel(textOf(body['model']))) {
    const encrypted = isEncrypted ? { encrypted_content: opaque(seed) } : {}
    items.push({ id: `rs_${id}`, type: 'reasoning', summary: [], ...encrypted })
  }
  if (content.kind === 'text') {
    const text = { type: 'output_text', annotations: [], logprobs: [], text: content.pieces.join('') } as const
    const base = { id: `msg_${id}`, type: 'message', status: content.isCut ? 'incomplete' : 'completed' } as const
    items.push({ ...base, content: [text], role: 'assistant', [pieces]: content.pieces })
    return items
  }
  const { tool, input } = content
  const call = {
    status: 'completed',
    call_id: `call_${seed.slice(0, 24)}`,
    name: tool.name,
    ...(tool.namespace === null ? {} : { namespace: tool.namespace }),
  }
  items.push(
    tool.kind === 'function'
      ? { id: `fc_${id}`, type: 'function_call', ...call, arguments: input }
      : { id: `ctc_${id}`, type: 'custom_tool_call', ...call, input },
  )
  return items
}

/** Looks like what providers encrypt; it holds nothing. */
function opaque(seed: string): string {
  return `gAAAAA${Buffer.from(seed, 'hex').toString('base64url')}`
}

function addItem(stream: Stream, item: Item, index: number): void {
  const place = { output_index: index, item_id: item.id }
  switch (item.type) {
    case 'message':
      addMessage(stream, item, index)
      break
    case 'function_call':
    case 'custom_tool_call': {
      const isFunction = item.type === 'function_call'
      const field = isFunction ? 'arguments' : 'input'
      const kind = isFunction ? 'response.function_call_arguments' : 'response.custom_tool_call_input'
      const text = textOf(item[field])
      stream.add('frame', 'response.output_item.added', {
        output_index: index,
        item: { ...item, status: 'in_progress', [field]: '' },
      })
      for (const delta of cut(text)) stream.add('delta', `${kind}.delta`, { ...place, delta })
      stream.add('frame', `${kind}.done`, { ...place, [field]: text })
      break
    }
    default:
      stream.add('frame', 'response.output_item.added', { output_index: index, item })
  }
  stream.add('frame', 'response.output_item.done', { output_index: index, item })
}

function addMessage(stream: Stream, item: MessageItem, index: number): void {
  const place = { item_id: item.id, output_index: index, content_index: 0 }
  const [part] = item.content
  stream.add('frame', 'response.output_item.added', {
    output_index: index,
    item: { ...item, status: 'in_progress', content: [] },
  })
  stream.add('frame', 'response.content_part.added', { ...place, part: { ...part, text: '' } })
  for (const delta of item[pieces]) stream.add('delta', 'response.output_text.delta', { ...place, delta, logprobs: [] })
  stream.add('frame', 'response.output_text.done', { ...place, text: part.text, logprobs: [] })
  stream.add('frame', 'response.content_part.done', { ...place, part })
}

/** The response object repeats what was asked for, as the real one does. */
function echoOf(answer: Answer, body: JsonObject): JsonObject {
  const reasoning = objectOf(body['reasoning'])
  const text = objectOf(body['text'])
  return {
    id: `resp_${answer.seed.slice(0, 48)}`,
    object: 'response',
    created_at: CREATED,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    max_tool_calls: null,
    model: textOf(body['model']),
    parallel_tool_calls: body['parallel_tool_calls'] ?? true,
    previous_response_id: body['previous_response_id'] ?? null,
    prompt_cache_key: body['prompt_cache_key'] ?? null,
    reasoning: { effort: reasoning['effort'] ?? null, summary: reasoning['summary'] ?? null },
    safety_identifier: null,
    service_tier: textOf(body['service_tier']) === 'priority' ? 'priority' : 'default',
    store: body['store'] ?? true,
    temperature: body['temperature'] ?? 1,
    text: { format: text['format'] ?? { type: 'text' }, verbosity: text['verbosity'] ?? 'medium' },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: body['tools'] ?? [],
    top_logprobs: 0,
    top_p: body['top_p'] ?? 1,
    truncation: body['truncation'] ?? 'disabled',
    user: null,
    metadata: body['metadata'] ?? {},
  }
}

function usageOf({ usage }: Answer): unknown {
  return {
    input_tokens: usage.input,
    input_tokens_details: { cached_tokens: usage.cached },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.input + usage.output,
  }
}
