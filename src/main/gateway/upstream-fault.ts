/** What an upstream's answer says about its failure, as errors of ours. Never its own words: they are content. */
import { AppError } from '../../shared/errors.ts'
import { toStreamError, type StreamError } from '../dialects/stream.ts'
import type { SseRelay } from './sse-relay.ts'

export const THE_UPSTREAM = 'The upstream'

const CODES = { account: 'upstream_rate_limited', request: 'upstream_rejected', provider: 'upstream_error' } as const

export function badResponse(what: string): AppError {
  return new AppError('upstream_bad_response', `${THE_UPSTREAM} ${what}.`, { details: { cause: what } })
}

export function endedEarly(): AppError {
  const message = `${THE_UPSTREAM} ended the event stream before it was complete.`
  return new AppError('upstream_reset', message, { details: { cause: 'ended before it was complete' } })
}

function reported(error: StreamError, where: string): AppError {
  const cause = error.code ?? 'no code'
  const message = `${THE_UPSTREAM} reported an error in its ${where} (${cause}).`
  return new AppError(CODES[error.blame], message, { details: { cause, ...error.again } })
}

/** Why an event stream is not a good answer: its error event, or an event that can't be read. */
export function faultOf(relay: Pick<SseRelay, 'error'>): AppError {
  if (relay.error === null) return badResponse('sent an event that is not valid JSON')
  return reported(relay.error, 'event stream')
}

/**
 * The error of a JSON answer with a good status. Some providers answer a failure so; a client would repeat it without
 * end. Null when there is any part of an answer.
 */
export function errorInBody(object: Readonly<Record<string, unknown>>): AppError | null {
  const { error } = object
  if (error === undefined || error === null || error === '') return null
  if (['object', 'choices', 'output', 'data'].some((name) => object[name] !== undefined)) return null
  const { code, blame, again } = toStreamError(error)
  // With status 200 nothing says whose fault it is beyond doubt, so another upstream is tried.
  return reported({ code, blame: blame === 'request' ? 'provider' : blame, again }, 'answer')
}

/** A header that came twice is a list; only the first counts. */
export function headerText(header: string | string[] | undefined): string {
  return (Array.isArray(header) ? header[0] : header) ?? ''
}
