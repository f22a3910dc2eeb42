/**
 * What the benchmark's upstream answers, and therefore what the load generator may expect. Everything is a buffer made
 * at start. The model id carries the order (`sse-<chunks>-<pace ms>`, `-t` for send times inside the chunks), because
 * it is the one field that every gateway passes on.
 */
export type Shape = 'chat' | 'chat-plain' | 'responses'

export interface SsePlan {
  chunks: number
  paceMs: number
  stamped: boolean
}

export const JSON_MODEL = 'bench-json'
/** Two seconds between chunks, for hours: an open stream that costs memory and hardly any time. */
export const HOLD_MODEL = 'sse-10000-2000'
/** The stream whose lateness is watched while the request log is listed. */
export const STAMPED_MODEL = 'sse-1000000-5-t'
export const STREAM_MODELS = { fast: 'sse-20-5', steady: 'sse-20-50' } as const

export const ALL_MODELS = [JSON_MODEL, HOLD_MODEL, STAMPED_MODEL, ...Object.values(STREAM_MODELS)]

export const PATHS: Readonly<Record<Shape, string>> = {
  chat: '/v1/chat/completions',
  'chat-plain': '/v1/chat/completions',
  responses: '/v1/responses',
}

export function readSsePlan(model: string): SsePlan | null {
  const found = /^sse-(\d+)-(\d+)(-t)?$/.exec(model)
  if (found === null) return null
  return { chunks: Number(found[1]), paceMs: Number(found[2]), stamped: found[3] !== undefined }
}

/** Events the client sees: the text chunks, and what opens and ends the stream. */
export function expectedEvents(shape: Shape, chunks: number): number {
  // chat: finish, [usage], [DONE]; responses: created, completed. A usage event nobody asked for must not arrive.
  return chunks + (shape === 'chat' ? 3 : 2)
}

const usage = { prompt_tokens: 212, completion_tokens: 151, total_tokens: 363 }
const responsesUsage = { input_tokens: 212, output_tokens: 151, total_tokens: 363 }
const words =
  'The operator opens the weir a little and the pool gives what each channel may take, no more and no less. '

/** 1 KB to the byte, so that no gateway gains by a shorter answer. */
export const jsonAnswer = padTo(1024, (text) =>
  JSON.stringify({
    id: 'chatcmpl-bench0000000001',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: JSON_MODEL,
    choices: [{ index: 0, message: { role: 'assistant', content: text }, logprobs: null, finish_reason: 'stop' }],
    usage,
  }),
)

export const modelList = Buffer.from(
  JSON.stringify({
    object: 'list',
    data: ALL_MODELS.map((id) => ({ id, object: 'model', created: 1_700_000_000, owned_by: 'bench' })),
  }),
)

/** A 1 KB question, as a small agent turn would send it. */
export function requestBody(shape: Shape, model: string): Buffer {
  const stream = model.startsWith('sse-')
  return padTo(1024, (text) => {
    if (shape === 'responses') return JSON.stringify({ model, stream, input: text, store: false })
    const messages = [
      { role: 'system', content: 'Answer in one sentence.' },
      { role: 'user', content: text },
    ]
    if (!stream) return JSON.stringify({ model, messages, temperature: 0.2 })
    if (shape === 'chat-plain') return JSON.stringify({ model, stream, messages, temperature: 0.2 })
    return JSON.stringify({ model, stream, stream_options: { include_usage: true }, messages, temperature: 0.2 })
  })
}

export interface SseParts {
  open: string
  chunk: string
  /** With and without the usage event of chat. */
  end: string
  endWithUsage: string
}

/** Sixteen digits in a chunk's text, overwritten with the send time where that was ordered. */
export const STAMP_MARK = 'at=0000000000000000'

export function ssePartsOf(shape: 'chat' | 'responses', model: string, text: string): SseParts {
  if (shape === 'responses') {
    const response = { id: 'resp_bench', object: 'response', created_at: 1_700_000_000, model, output: [] }
    const end = event('response.completed', {
      type: 'response.completed',
      response: { ...response, status: 'completed', usage: responsesUsage },
    })
    return {
      open: event('response.created', {
        type: 'response.created',
        response: { ...response, status: 'in_progress', usage: null },
      }),
      chunk: event('response.output_text.delta', {
        type: 'response.output_text.delta',
        item_id: 'msg_bench',
        output_index: 0,
        content_index: 0,
        delta: text,
      }),
      end,
      endWithUsage: end,
    }
  }
  const base = { id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_700_000_000, model }
  const finish = data({ ...base, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
  const done = 'data: [DONE]\n\n'
  return {
    open: '',
    chunk: data({ ...base, choices: [{ index: 0, delta: { content: text }, finish_reason: null }] }),
    end: finish + done,
    endWithUsage: finish + data({ ...base, choices: [], usage }) + done,
  }
}

function data(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`
}

function event(name: string, value: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(value)}\n\n`
}

function padTo(bytes: number, write: (text: string) => string): Buffer {
  const missing = bytes - Buffer.byteLength(write(''))
  return Buffer.from(write(words.repeat(Math.ceil(missing / words.length)).slice(0, missing)))
}
