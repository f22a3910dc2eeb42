/** Saved resets of the ChatGPT stand-in: listed, used once each, and every way in which an answer can fail to come. */
import type { ServerResponse } from 'node:http'

interface SavedCredit {
  readonly id: string
  readonly title: string
  readonly expiresAt: number
  status: 'available' | 'redeeming' | 'redeemed'
}

/**
 * What comes after a reset was used: an answer, none at all, a broken connection, a server's error, nonsense; or, before
 * anything is used, a refusal with this status.
 */
export type ConsumeEnd = 'answer' | 'silence' | 'break' | 'error' | 'nonsense' | number

export const RESETS_PATH = '/backend-api/wham/rate-limit-reset-credits'
const DAY_MS = 86_400_000

export function createResets() {
  const resets = {
    credits: [] as SavedCredit[],
    /** The account knows of no saved resets: the list is not there. */
    isMissing: false,
    end: 'answer' as ConsumeEnd,
    /** Before the answer to a use, ms. */
    delayMs: 0,
    /** There is nothing to reset now. */
    isFull: false,
    /** How often one was asked to be used, and how often one really was. */
    asked: 0,
    consumed: 0,
    lists: 0,
    /** Ids of the acts, as they were named. */
    requestIds: [] as string[],
    /** Called when one was used. */
    onUsed: (): void => {},
    add(id: string, expiresAt = Date.now() + 5 * DAY_MS, title = 'Full reset (5 hours + week)'): void {
      resets.credits.push({ id, title, expiresAt, status: 'available' })
    },
    answer,
  }

  function json(response: ServerResponse, status: number, body: object): void {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  function list(response: ServerResponse): void {
    resets.lists++
    if (resets.isMissing) {
      response.writeHead(404).end()
      return
    }
    const credits = resets.credits.map(({ id, title, expiresAt, status }) => ({
      id,
      reset_type: 'codex_rate_limits',
      status,
      granted_at: new Date(expiresAt - 30 * DAY_MS).toISOString(),
      expires_at: new Date(expiresAt).toISOString(),
      title,
      description: null,
    }))
    const available = credits.filter(({ status }) => status === 'available').length
    json(response, 200, { credits, available_count: available })
  }

  /** As the provider does it: the same act is done once, another act takes another credit. */
  function use(body: Record<string, unknown>): string {
    const requestId = String(body['redeem_request_id'])
    const isKnown = resets.requestIds.includes(requestId)
    resets.requestIds.push(requestId)
    if (isKnown) return 'already_redeemed'
    const credit = resets.credits.find(({ id, status }) => id === body['credit_id'] && status === 'available')
    if (credit === undefined) return 'no_credit'
    if (resets.isFull) return 'nothing_to_reset'
    credit.status = 'redeemed'
    resets.consumed++
    resets.onUsed()
    return 'reset'
  }

  function consume(response: ServerResponse, body: Record<string, unknown>): void {
    resets.asked++
    const { end, delayMs } = resets
    if (typeof end === 'number') {
      json(response, end, { error: { code: 'refused', message: 'of the stand-in' } })
      return
    }
    const code = use(body)
    if (end === 'silence') return
    if (end === 'break') response.destroy()
    else if (end === 'error') json(response, 502, { detail: 'of the stand-in' })
    else if (end === 'nonsense') json(response, 200, { well: 'maybe' })
    else setTimeout(() => json(response, 200, { code, windows_reset: code === 'reset' ? 2 : 0 }), delayMs)
  }

  function answer(response: ServerResponse, path: string, body: Record<string, unknown>): void {
    if (path === RESETS_PATH) list(response)
    else if (path === `${RESETS_PATH}/consume`) consume(response, body)
    else response.writeHead(404).end()
  }

  return resets
}
