/**
 * The operator at the other end: opens a sign-in link as a browser would and calls the contract over HTTP. Everything it
 * is answered can be listened to as it came, bytes before parsing.
 */
import type { RpcResult } from '../../src/shared/contract.ts'
import { createCall, type Call } from '../../src/main/host/headless/call.ts'

export interface Operator {
  /** A route's value, or its error thrown as an AppError. */
  readonly call: Call
  /** One call, well formed or not; what came back, as it came. */
  send(route: string, input: unknown): Promise<{ status: number; text: string }>
  /** Of the session, as a Cookie header. */
  readonly cookie: string
  /** `http://127.0.0.1:port` */
  readonly origin: string
  /** Opens the event stream; it is collected until it is closed. */
  listen(): Promise<EventLog>
}

export interface EventLog {
  readonly text: string
  /** Resolves once the text satisfies the check. */
  until(check: (text: string) => boolean): Promise<void>
  close(): void
}

export async function signIn(adminUrl: string, onAnswer: (text: string) => void = () => {}): Promise<Operator> {
  const { origin } = new URL(adminUrl)
  const opened = await fetch(adminUrl, { redirect: 'manual' })
  const given = opened.headers.getSetCookie()[0]?.split(';')[0]
  if (given === undefined) throw new Error(`the sign-in link gave no session (status ${opened.status})`)
  const cookie: string = given

  async function send(route: string, input: unknown): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${origin}/rpc`, {
      method: 'POST',
      headers: { cookie, origin, 'content-type': 'application/json' },
      body: JSON.stringify({ route, input }),
    })
    const text = await answer.text()
    onAnswer(`${[...answer.headers].join('\n')}\n\n${text}`)
    return { status: answer.status, text }
  }

  return {
    cookie,
    origin,
    send,
    call: createCall(async (route, input) => JSON.parse((await send(route, input)).text) as RpcResult<unknown>),
    listen: () => listen(origin, cookie),
  }
}

async function listen(origin: string, cookie: string): Promise<EventLog> {
  const end = new AbortController()
  const answer = await fetch(`${origin}/events`, { headers: { cookie }, signal: end.signal })
  if (answer.body === null || answer.status !== 200) throw new Error(`no event stream (status ${answer.status})`)
  const waiting = new Set<() => void>()
  const seen = { text: '' }
  const collect = async (body: ReadableStream<Uint8Array>): Promise<void> => {
    const decoder = new TextDecoder()
    for await (const chunk of body) {
      seen.text += decoder.decode(chunk, { stream: true })
      for (const look of waiting) look()
    }
  }
  // It ends when the test closes it, or with the process that sends it.
  collect(answer.body).catch(() => {})
  return {
    get text() {
      return seen.text
    },
    until: (check) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!check(seen.text)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    close: () => end.abort(),
  }
}
