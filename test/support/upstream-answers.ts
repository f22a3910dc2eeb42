/** Small answers of a healthy upstream in each form a client can ask for, and requests that ask for them. */
import { answerBytes, chunkBytes, EVENT_STREAM, headBytes, streamBytes } from './raw-upstream.ts'
import type { RawRequest } from './raw-client.ts'

export interface Form {
  readonly dialect: 'chat' | 'responses'
  readonly stream: boolean
  readonly path: string
}

export const chatJson: Form = { dialect: 'chat', stream: false, path: '/v1/chat/completions' }
export const chatStream: Form = { ...chatJson, stream: true }
export const responsesJson: Form = { dialect: 'responses', stream: false, path: '/v1/responses' }
export const responsesStream: Form = { ...responsesJson, stream: true }
export const forms: readonly Form[] = [chatJson, chatStream, responsesJson, responsesStream]

export function formName({ dialect, stream }: Form): string {
  return `${dialect}${stream ? ' stream' : ''}`
}

const chunk = (delta: object, reason: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`

const event = (type: string, fields: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`

/** Events before any output, events of the output, and what ends the answer. */
export interface Events {
  readonly start: string
  readonly output: string
  readonly end: string
}

export const events: Readonly<Record<Form['dialect'], Events>> = {
  chat: {
    start: chunk({ role: 'assistant', content: '' }),
    output: chunk({ content: 'one ' }) + chunk({ content: 'two' }),
    end: `${chunk({}, 'stop')}data: [DONE]\n\n`,
  },
  responses: {
    start: event('response.created', { response: { id: 'r', status: 'in_progress' } }),
    output:
      event('response.output_text.delta', { delta: 'one ' }) + event('response.output_text.delta', { delta: 'two' }),
    end: event('response.completed', {
      response: { id: 'r', status: 'completed', usage: { input_tokens: 3, output_tokens: 2 } },
    }),
  },
}

export const jsonBodies: Readonly<Record<Form['dialect'], string>> = {
  chat: '{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"one two"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}',
  responses:
    '{"id":"r","object":"response","status":"completed","output":[],"usage":{"input_tokens":3,"output_tokens":2}}',
}

export function streamText(dialect: Form['dialect']): string {
  const { start, output, end } = events[dialect]
  return start + output + end
}

/** A whole good answer. */
export function goodAnswer({ dialect, stream }: Form): Buffer {
  return stream ? streamBytes(streamText(dialect)) : answerBytes(200, jsonBodies[dialect])
}

/** The head of a stream and its first events, to be broken off by the test. */
export function startOfStream(text: string): Buffer {
  return Buffer.concat([headBytes(200, EVENT_STREAM), chunkBytes(text)])
}

export function requestFor(form: Form, key: string, headers: RawRequest['headers'] = []): RawRequest {
  const content = form.dialect === 'chat' ? { messages: [{ role: 'user', content: 'x' }] } : { input: 'x' }
  const body = { model: 'm', ...content, ...(form.stream ? { stream: true } : {}) }
  return { path: form.path, key, body, headers }
}

/** A request as Codex makes it: errors and keep-alives take the form that Codex honours. */
export const asCodex: NonNullable<RawRequest['headers']> = [['originator', 'codex_exec']]
