/** What kind of answer the head of the upstream's response announces, or why it can't be one. */
import { badResponse, headerText } from './upstream-fault.ts'
import type { IncomingHttpHeaders } from 'node:http'
import type { AppError } from '../../shared/errors.ts'
import type { PlainAnswer } from './answer.ts'

/** The upstream's word in an error of ours: enough to know it by. */
const MAX_SHOWN_TYPE = 80

/** `bytes`: something of which nothing is read, where `plain` takes it. */
export function answerKind(
  headers: IncomingHttpHeaders,
  plain: PlainAnswer | null = null,
): 'events' | 'json' | 'bytes' | AppError {
  const type = headerText(headers['content-type']).toLowerCase()
  const encoding = headerText(headers['content-encoding']).toLowerCase()
  if (encoding !== '' && encoding !== 'identity') {
    return badResponse('answered in a content encoding, although none was asked for')
  }
  if (plain?.isContent === true) return 'bytes'
  if (type.startsWith('text/event-stream')) return 'events'
  if (/^application\/(?:[a-z.+-]*\+)?json/.test(type)) return 'json'
  // A page is what something on the way says, and not what was asked for.
  if (plain?.takesAny === true && !type.startsWith('text/html')) return 'bytes'
  const shown = /^[\w.+-]+\/[\w.+-]+/.exec(type)?.[0].slice(0, MAX_SHOWN_TYPE) ?? 'no content type'
  return badResponse(`answered with ${shown} instead of JSON or an event stream`)
}
