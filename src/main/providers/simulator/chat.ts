/** Chat Completions as OpenAI sends them. */
import { CREATED, type Answer } from './answer.ts'
import { objectOf, textOf, type JsonObject } from './json.ts'
import { serverError, type Rendering, type StreamEvent } from './rendering.ts'

export function renderChat(answer: Answer, body: JsonObject): Rendering {
  const isCounted = objectOf(body['stream_options'])['include_usage'] === true
  const head = {
    id: `chatcmpl-${answer.seed.slice(0, 32)}`,
    created: CREATED,
    model: textOf(body['model']),
    service_tier: textOf(body['service_tier']) === 'priority' ? 'priority' : 'default',
    system_fingerprint: 'fp_simulator',
  }
  return {
    body: () => ({
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message: messageOf(answer), logprobs: null, finish_reason: finishReason(answer) }],
      usage: usageOf(answer),
    }),
    events: () => {
      const chunk = (choices: unknown[], usage: unknown = null) =>
        eventOf({ ...head, object: 'chat.completion.chunk', choices, ...(isCounted ? { usage } : {}) })
      return streamOf(answer, chunk, isCounted)
    },
    errorBody: () => ({ error: serverError }),
    errorEvents: () => eventOf({ error: serverError }),
    malformedEvent: 'data: {"id":"chatcmpl-broken","choices":[\n\n',
  }
}

type Chunk = (choices: unknown[], usage?: unknown) => string

function streamOf(answer: Answer, chunk: Chunk, isCounted: boolean): StreamEvent[] {
  const delta = (value: unknown, finish: string | null = null) =>
    chunk([{ index: 0, delta: value, logprobs: null, finish_reason: finish }])
  const events: StreamEvent[] = []
  const { content } = answer
  if (content.kind === 'tool') {
    const call = { index: 0, ...callOf(answer, '') }
    events.push({
      phase: 'frame',
      text: delta({ role: 'assistant', content: null, tool_calls: [call], refusal: null }),
    })
    for (const piece of cut(content.input)) {
      const text = delta({ tool_calls: [{ index: 0, function: { arguments: piece } }] })
      events.push({ phase: 'delta', text })
    }
  } else {
    events.push({ phase: 'frame', text: delta({ role: 'assistant', content: '', refusal: null }) })
    const pieces = content.kind === 'text' ? content.pieces : []
    for (const piece of pieces) events.push({ phase: 'delta', text: delta({ content: piece }) })
  }
  events.push({ phase: 'end', text: delta({}, finishReason(answer)) })
  if (isCounted) events.push({ phase: 'end', text: chunk([], usageOf(answer)) })
  events.push({ phase: 'end', text: 'data: [DONE]\n\n' })
  return events
}

function eventOf(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`
}

/** Arguments come in small pieces, as models produce them. */
export function cut(text: string): string[] {
  return text.match(/[\s\S]{1,16}/gu) ?? ['']
}

function callOf(answer: Answer, input: string): JsonObject {
  const name = answer.content.kind === 'tool' ? answer.content.tool.name : ''
  return { id: `call_${answer.seed.slice(0, 24)}`, type: 'function', function: { name, arguments: input } }
}

function messageOf(answer: Answer): unknown {
  const { content } = answer
  const base = { role: 'assistant', refusal: null, annotations: [] }
  if (content.kind === 'tool') return { ...base, content: null, tool_calls: [callOf(answer, content.input)] }
  return { ...base, content: content.kind === 'text' ? content.pieces.join('') : '' }
}

function finishReason(answer: Answer): string {
  if (answer.content.kind === 'tool') return 'tool_calls'
  return answer.content.kind === 'text' && answer.content.isCut ? 'length' : 'stop'
}

function usageOf({ usage }: Answer): unknown {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}
