/** What each route of the simulator answers, faults aside. */
import type { SimulatorBehaviour } from '../../../shared/models/upstream.ts'
import { answerTo, CREATED, isEmbeddingModel } from './answer.ts'
import { renderChat } from './chat.ts'
import { deliverJson, deliverStream, type Delivery } from './delivery.ts'
import { embeddingsOf } from './embeddings.ts'
import { textOf, type JsonObject } from './json.ts'
import { readChat, readResponses } from './prompt.ts'
import { hashOf } from './random.ts'
import { serverError, type Rendering } from './rendering.ts'
import { renderResponses } from './responses.ts'
import { SimulatorError } from './simulator-error.ts'

export type SimulatorRoute = 'chat' | 'responses' | 'embeddings'

export function modelListBody(behaviour: SimulatorBehaviour): unknown {
  return { object: 'list', data: behaviour.models.map(modelRow) }
}

export function modelBody(id: string, behaviour: SimulatorBehaviour): unknown {
  checkModel(id, behaviour)
  return modelRow(id)
}

function modelRow(id: string): unknown {
  return { id, object: 'model', created: CREATED, owned_by: 'weir-simulator' }
}

export async function serveDialect(route: SimulatorRoute, body: JsonObject, delivery: Delivery): Promise<void> {
  const { behaviour } = delivery
  if (route === 'embeddings') {
    checkModel(textOf(body['model']), behaviour)
    const value = embeddingsOf(body)
    const headers = headersFor(hashOf(JSON.stringify(body)), 0, behaviour)
    return deliverJson({ ...delivery, headers }, { body: () => value, errorBody: () => ({ error: serverError }) })
  }
  const { rendering, headers } = render(route, body, behaviour)
  const ready = { ...delivery, headers }
  return body['stream'] === true ? deliverStream(ready, rendering) : deliverJson(ready, rendering)
}

interface Rendered {
  readonly rendering: Rendering
  readonly headers: Readonly<Record<string, string>>
}

/** What is said to this body, before any of it is sent. @throws SimulatorError for one that can't be answered. */
export function render(route: 'chat' | 'responses', body: JsonObject, behaviour: SimulatorBehaviour): Rendered {
  const model = textOf(body['model'])
  checkModel(model, behaviour)
  checkInput(route, body)
  if (isEmbeddingModel(model)) {
    throw new SimulatorError(400, `The model '${model}' makes embeddings only.`, 'model')
  }
  const prompt = route === 'chat' ? readChat(body) : readResponses(body)
  const answer = answerTo(prompt, model, behaviour)
  const rendering = route === 'chat' ? renderChat(answer, body) : renderResponses(answer, body)
  return { rendering, headers: headersFor(answer.seed, answer.usage.input, behaviour) }
}

function checkModel(model: string, behaviour: SimulatorBehaviour): void {
  if (model === '') throw new SimulatorError(400, 'You must provide a model parameter.', 'model')
  if (!behaviour.models.includes(model)) {
    throw new SimulatorError(404, `The model '${model}' does not exist.`, 'model', 'model_not_found')
  }
}

function checkInput(route: 'chat' | 'responses', body: JsonObject): void {
  const field = route === 'chat' ? 'messages' : 'input'
  const value = body[field]
  const isValid = Array.isArray(value) ? value.length > 0 : route === 'responses' && typeof value === 'string'
  if (!isValid) throw new SimulatorError(400, `Missing or empty parameter: '${field}'.`, field)
}

const REQUEST_LIMIT = 10_000
const TOKEN_LIMIT = 2_000_000

export function headersFor(seed: string, tokens: number, behaviour: SimulatorBehaviour): Record<string, string> {
  const id = { 'x-request-id': `req_${seed.slice(0, 32)}` }
  if (!behaviour.rateLimitHeaders) return id
  return {
    ...id,
    'x-ratelimit-limit-requests': String(REQUEST_LIMIT),
    'x-ratelimit-limit-tokens': String(TOKEN_LIMIT),
    'x-ratelimit-remaining-requests': String(REQUEST_LIMIT - 1),
    'x-ratelimit-remaining-tokens': String(Math.max(0, TOKEN_LIMIT - tokens)),
    'x-ratelimit-reset-requests': '6ms',
    'x-ratelimit-reset-tokens': '1ms',
  }
}
