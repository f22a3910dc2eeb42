/** The frames of answers that no stream brought: one that came in one piece, and one that says nothing. */
import { isObject, parseJsonObject } from '../../dialects/json.ts'

/** Some upstreams do not stream, whatever they are asked. Null where it is no response object. */
export function framesOfWhole(body: Buffer): readonly string[] | null {
  const response = parseJsonObject(body.toString('utf8'))
  if (response === null) return null
  const output = Array.isArray(response['output']) ? response['output'] : []
  const items = output.filter(isObject).map((item, index) => ({
    type: 'response.output_item.done',
    output_index: index,
    item,
  }))
  const isCut = response['status'] === 'incomplete'
  const events = [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [], usage: null } },
    ...items,
    { type: isCut ? 'response.incomplete' : 'response.completed', response },
  ]
  return events.map((event, index) => JSON.stringify({ ...event, sequence_number: index }))
}

const NO_USAGE = {
  input_tokens: 0,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 0,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 0,
}

/** Of a turn that was only made ready. `at` is epoch ms. */
export function prewarmFrames(id: string, model: string | null, at: number): readonly string[] {
  const response = { id, object: 'response', created_at: Math.floor(at / 1_000), model, output: [] }
  const events = [
    { type: 'response.created', response: { ...response, status: 'in_progress', usage: null } },
    { type: 'response.completed', response: { ...response, status: 'completed', usage: NO_USAGE } },
  ]
  return events.map((event, index) => JSON.stringify({ ...event, sequence_number: index }))
}
