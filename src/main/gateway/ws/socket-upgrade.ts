/** How a turn's HTTP request becomes the upgrade of a WebSocket, and what an upstream's refusal of it means. */
import { parseJsonObject } from '../../dialects/json.ts'
import type { SocketRefusal } from './socket-frames.ts'

const BETA = 'openai-beta'
const SOCKETS = 'responses_websockets=2026-02-06'

/** Of one body, or of one connection. */
const LEFT_OUT =
  /^(?:accept|accept-encoding|connection|content-.*|host|sec-websocket-.*|te|transfer-encoding|upgrade|expect)$/

/** `flat` as it would go over HTTP. Names in lower case. */
export function upgradeHeaders(flat: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  for (let i = 0; i < flat.length; i += 2) {
    const name = (flat[i] ?? '').toLowerCase()
    const value = flat[i + 1] ?? ''
    if (LEFT_OUT.test(name)) continue
    const known = headers[name]
    headers[name] = known === undefined ? value : [...(Array.isArray(known) ? known : [known]), value]
  }
  const betas = [headers[BETA] ?? []].flat()
  if (!betas.some((value) => value.includes('responses_websockets='))) headers[BETA] = [...betas, SOCKETS].join(', ')
  return headers
}

/** It has no WebSockets: so say servers that never heard of them, and those that no longer want to. */
const NO_SOCKETS: ReadonlySet<number> = new Set([400, 404, 405, 426, 501])
/** What is said about the account, the moment or the provider, and would be said over HTTP, too. */
const OF_THE_ACCOUNT: ReadonlySet<number> = new Set([402, 403, 429])

/** `answer`: it stands for the answer to the request. `none`: there are no sockets. `trouble`: something on the way. */
export function readRefusal({ status, body }: SocketRefusal): 'answer' | 'none' | 'trouble' {
  if (NO_SOCKETS.has(status)) return 'none'
  if (status === 401) return 'answer'
  const isProviders = OF_THE_ACCOUNT.has(status) || status >= 500
  // What is no JSON is of something in front of the provider, which may let HTTP pass.
  return isProviders && parseJsonObject(body.toString('utf8')) !== null ? 'answer' : 'trouble'
}
