/** The operator surface over real sockets, before a core that only records its calls. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { expect } from 'vitest'
import { type AdminServer, openAdminServer } from '../../src/main/host/headless/admin-server.ts'
import type { Dispatch } from '../../src/main/host/headless/core.ts'
import type { CoreEvent } from '../../src/shared/contract.ts'

export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

export function recordingCore() {
  const calls: { route: string; input: unknown; actor: string }[] = []
  const dispatch: Dispatch = (route, input, { actor }) => {
    calls.push({ route, input, actor })
    return Promise.resolve({ ok: true, value: { route } })
  }
  return { calls, dispatch }
}

/** On a port of its own; `emit` is the core's voice. The caller closes the server. */
export async function openAdmin(over: { sessionMs?: number; now?: () => number; keepAliveMs?: number } = {}) {
  const { calls, dispatch } = recordingCore()
  const listeners = new Set<(event: CoreEvent) => void>()
  const server = await openAdminServer({
    dispatch,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    port: 0,
    sessionMs: () => over.sessionMs ?? 60_000,
    baseUrl: 'http://127.0.0.1:4141/v1',
    version: '9.8.7<b>',
    ...(over.now === undefined ? {} : { now: over.now }),
    ...(over.keepAliveMs === undefined ? {} : { keepAliveMs: over.keepAliveMs }),
  })
  return { server, calls, listeners, emit: (event: CoreEvent) => listeners.forEach((listener) => listener(event)) }
}

export function send(url: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}) {
  return new Promise<Reply>((resolve, reject) => {
    const call = httpRequest(
      url,
      { method: options.method ?? 'GET', headers: options.headers ?? {}, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
      },
    )
    call.on('error', reject)
    call.end(options.body)
  })
}

export function rpc(server: AdminServer, headers: Record<string, string>, body = '{"route":"pool.list","input":{}}') {
  const all = { 'content-type': 'application/json', ...headers }
  return send(`${server.url}/rpc`, { method: 'POST', headers: all, body })
}

/** The cookie of a new session. */
export async function signIn(server: AdminServer): Promise<string> {
  const reply = await send(server.mintLink())
  expect(reply.status).toBe(303)
  return String(reply.headers['set-cookie']?.[0]?.split(';')[0])
}

/** Of a refusal: its error's code. */
export function codeOf(reply: Reply): string {
  const envelope = JSON.parse(reply.text) as { ok: false; error: { code: string; message: string } }
  expect(envelope.ok).toBe(false)
  expect(envelope.error.message).not.toBe('')
  return envelope.error.code
}
