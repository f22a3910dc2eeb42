/** What the simulator answers to that is no dialect: compaction, search, pictures, recordings. The same to the same. */
import { boundaryOf, readForm, textPart, type FormPart } from '../../dialects/multipart.ts'
import type { SimulatorBehaviour } from '../../../shared/models/upstream.ts'
import { CREATED } from './answer.ts'
import { deliverJson, deliverStream, type Delivery } from './delivery.ts'
import { listOf, numberOf, objectOf, textOf, type JsonObject } from './json.ts'
import { pictureOf } from './png.ts'
import { estimateTokens } from './prompt.ts'
import { hashOf, wordsOf } from './random.ts'
import { serverError, type Rendering, type StreamEvent } from './rendering.ts'
import { parseJson } from './request-body.ts'
import { headersFor, render } from './routes.ts'
import { SimulatorError } from './simulator-error.ts'

export type PlainPath = 'compact' | 'search' | 'generation' | 'edit' | 'transcription'

export const plainPaths: ReadonlyMap<string, PlainPath> = new Map([
  ['/responses/compact', 'compact'],
  ['/alpha/search', 'search'],
  ['/images/generations', 'generation'],
  ['/images/edits', 'edit'],
  ['/audio/transcriptions', 'transcription'],
  ['/transcribe', 'transcription'],
])

/** A request as it came. */
export interface PlainRequest {
  readonly bytes: Buffer
  readonly contentType: string | undefined
}

const MAX_PICTURES = 10
/** Of a picture, as of the real thing at low quality. */
const PICTURE_TOKENS = 272

interface Fields {
  text(name: string): string
  /** Of pictures or recordings that came along. */
  readonly files: number
}

function fieldsOf({ bytes, contentType = '' }: PlainRequest): Fields {
  const boundary = boundaryOf(contentType)
  if (boundary === null) {
    const body = parseJson(bytes.toString('utf8'))
    const text = (name: string) => (typeof body[name] === 'string' ? body[name] : JSON.stringify(body[name] ?? ''))
    return { text, files: listOf(body['images']).length }
  }
  const parts: readonly FormPart[] = readForm(bytes, boundary)
  const text = (name: string) => textPart(bytes, parts, { name, maxBytes: 100_000 })?.text ?? ''
  return { text, files: parts.filter(({ isFile }) => isFile).length }
}

export async function servePlain(path: PlainPath, request: PlainRequest, delivery: Delivery): Promise<void> {
  const { behaviour } = delivery
  const seed = hashOf(path, request.bytes.toString('latin1'))
  const ready = { ...delivery, headers: headersFor(seed, 0, behaviour) }
  if (path === 'compact') return deliverJson(ready, compaction(parseJson(request.bytes.toString('utf8')), behaviour))
  if (path === 'search') return deliverJson(ready, found(seed, parseJson(request.bytes.toString('utf8'))))
  const fields = fieldsOf(request)
  if (path !== 'transcription') {
    const pictures = picturesOf(seed, path, fields)
    return fields.text('stream') === 'true' ? deliverStream(ready, pictures) : deliverJson(ready, pictures)
  }
  if (fields.files === 0) throw new SimulatorError(400, "Missing required parameter: 'file'.", 'file')
  const words = wordsOf(seed, behaviour.words)
  const format = fields.text('response_format')
  if (format === 'text' || format === 'srt' || format === 'vtt') return deliverText(ready, words.join(''))
  const said = transcript(words, request.bytes.length)
  return fields.text('stream') === 'true' ? deliverStream(ready, said) : deliverJson(ready, said)
}

function deliverText({ res, headers }: Delivery, text: string): void {
  const body = Buffer.from(`${text}\n`)
  res.writeHead(200, { ...headers, 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length })
  res.end(body)
}

const errorBody = () => ({ error: serverError })

function compaction(body: JsonObject, behaviour: SimulatorBehaviour) {
  const { input } = body
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : listOf(input)
  const asked = { ...body, input: [...items, { type: 'compaction_trigger' }] }
  const { rendering } = render('responses', asked, behaviour)
  return { body: () => ({ ...objectOf(rendering.body()), object: 'response.compaction' }), errorBody }
}

function found(seed: string, body: JsonObject) {
  const queries = listOf(objectOf(body['commands'])['search_query']).map((query) => textOf(objectOf(query)['q']))
  const output = `The simulator found for ${JSON.stringify(queries)}: ${wordsOf(seed, 8).join('')}.`
  return { body: () => ({ output, encrypted_output: null }), errorBody }
}

function event(phase: StreamEvent['phase'], type: string, fields: JsonObject): StreamEvent {
  return { phase, text: `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n` }
}

const failing = {
  errorBody,
  errorEvents: () => event('end', 'error', { error: serverError }).text,
  malformedEvent: 'event: error\ndata: {"type":"error","error":\n\n',
}

function picturesOf(seed: string, path: 'generation' | 'edit', fields: Fields): Rendering {
  const prompt = fields.text('prompt')
  if (prompt === '') throw new SimulatorError(400, "Missing required parameter: 'prompt'.", 'prompt')
  const asked = numberOf(Number(fields.text('n') || 1)) ?? 1
  const count = Math.min(MAX_PICTURES, Math.max(1, Math.trunc(asked)))
  const pictures = Array.from({ length: count }, (_, index) =>
    pictureOf(hashOf(seed, String(index))).toString('base64'),
  )
  const text = estimateTokens(prompt.length)
  const image = fields.files * PICTURE_TOKENS
  const output = count * PICTURE_TOKENS
  const usage = {
    input_tokens: text + image,
    input_tokens_details: { text_tokens: text, image_tokens: image },
    output_tokens: output,
    total_tokens: text + image + output,
  }
  const shape = { created: CREATED, background: 'opaque', output_format: 'png', quality: 'low', size: '1024x1024' }
  const type = path === 'edit' ? 'image_edit' : 'image_generation'
  return {
    ...failing,
    body: () => ({ ...shape, data: pictures.map((b64_json) => ({ b64_json })), usage }),
    events: () => {
      const [b64_json] = pictures
      const { created, ...rest } = shape
      const of = { b64_json, created_at: created, ...rest }
      return [
        event('delta', `${type}.partial_image`, { ...of, partial_image_index: 0 }),
        event('end', `${type}.completed`, { ...of, usage }),
      ]
    },
  }
}

function transcript(words: readonly string[], bytes: number): Rendering {
  const text = words.join('')
  const heard = estimateTokens(bytes)
  const usage = {
    type: 'tokens',
    input_tokens: heard,
    input_token_details: { audio_tokens: heard, text_tokens: 0 },
    output_tokens: words.length,
    total_tokens: heard + words.length,
  }
  return {
    ...failing,
    body: () => ({ text, usage }),
    events: () => [
      ...words.map((delta) => event('delta', 'transcript.text.delta', { delta })),
      event('end', 'transcript.text.done', { text, usage }),
    ],
  }
}
