/** Turns that go on from a response which only the socket over which it was made has. */
import { AppError } from '../../../shared/errors.ts'
import { fieldValue, type JsonFields } from '../../dialects/json-fields.ts'
import type { Received } from '../stages.ts'

/** The response that the request goes on from; null where it is a whole conversation. */
export function previousOf(fields: JsonFields): string | null {
  if (!fields.members.has('previous_response_id')) return null
  const id = fieldValue(fields, 'previous_response_id')
  return typeof id === 'string' && id !== '' ? id : null
}

/** It came over a client's WebSocket and stores nothing: no other connection to any provider knows what it goes on from. */
export function isTiedToSocket(turn: Pick<Received, 'socket'> & { readonly fields: JsonFields }): boolean {
  return turn.socket !== null && previousOf(turn.fields) !== null && fieldValue(turn.fields, 'store') === false
}

const CODE = 'previous_response_not_found'

/** Codex sends the whole conversation after it. */
export function noResponse(): AppError {
  const message =
    'The connection to the provider over which the previous response was made can serve no more. Send the whole conversation, without previous_response_id.'
  return new AppError(CODE, message, { details: { cause: CODE } })
}
