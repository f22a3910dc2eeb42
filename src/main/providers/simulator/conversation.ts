/** What one WebSocket of the simulator remembers: the last answers that it gave, each with all that was said before it. */
import { isObject, listOf, textOf, type JsonObject } from './json.ts'
import { hashOf } from './random.ts'
import { CREATED } from './answer.ts'
import { SimulatorError } from './simulator-error.ts'

export interface Conversation {
  /** The body with everything that it goes on from. @throws SimulatorError `previous_response_not_found`. */
  continued(body: JsonObject): JsonObject
  /** `whole` was answered with this response. */
  remember(whole: JsonObject, response: unknown): void
  /** The events of a turn that is only made ready: an id, and nothing said. */
  prepare(body: JsonObject): readonly JsonObject[]
}

const MAX_REMEMBERED = 16
const NO_USAGE = {
  input_tokens: 0,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 0,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 0,
}

export function createConversation(): Conversation {
  const known = new Map<string, readonly unknown[]>()

  function keep(id: string, items: readonly unknown[]): void {
    known.delete(id)
    known.set(id, items)
    const [oldest] = known.keys()
    if (known.size > MAX_REMEMBERED && oldest !== undefined) known.delete(oldest)
  }

  function continued(body: JsonObject): JsonObject {
    const previous = textOf(body['previous_response_id'])
    if (previous === '') return body
    const items = known.get(previous)
    if (items === undefined) {
      const message = `Previous response with id '${previous.slice(0, 100)}' not found.`
      throw new SimulatorError(400, message, 'previous_response_id', 'previous_response_not_found')
    }
    return { ...body, input: [...items, ...itemsOf(body['input'])] }
  }

  return {
    continued,
    remember(whole, response) {
      if (!isObject(response)) return
      keep(textOf(response['id']), [...itemsOf(whole['input']), ...listOf(response['output'])])
    },
    prepare(body) {
      const whole = continued(body)
      const id = `resp_${hashOf('prewarm', JSON.stringify(whole)).slice(0, 48)}`
      keep(id, itemsOf(whole['input']))
      const response = { id, object: 'response', created_at: CREATED, model: textOf(body['model']), output: [] }
      return [
        { type: 'response.created', response: { ...response, status: 'in_progress' }, sequence_number: 0 },
        {
          type: 'response.completed',
          response: { ...response, status: 'completed', usage: NO_USAGE },
          sequence_number: 1,
        },
      ]
    },
  }
}

function itemsOf(input: unknown): readonly unknown[] {
  return typeof input === 'string' ? [{ role: 'user', content: input }] : listOf(input)
}
