/** The clients of the chaos run: each asks, checks that the answer is its own and whole, and asks again. */
import { request, type IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import { wordsOf } from './faults.ts'

export interface Target {
  /** Of the gateway, without `/v1`. */
  readonly url: string
  readonly key: string
}

/** `whole`: its own answer, once, of one upstream. `told`: a clear failure, or a broken-off answer. `wrong`: anything else. */
export interface Ended {
  readonly mark: string
  readonly outcome: 'whole' | 'told' | 'wrong'
  readonly what: string
}

/** A message that nobody may take for a whole answer. */
const told = (mark: string, what: string): Ended => ({ mark, outcome: 'told', what })

function judge(mark: string, text: string, completed: number): Ended {
  if (completed === 0) return told(mark, 'no end')
  const upstream = Number(/\.(\d+)\./.exec(text)?.[1] ?? -1)
  const isWhole = completed === 1 && text === wordsOf(mark, upstream).join('')
  return { mark, outcome: isWhole ? 'whole' : 'wrong', what: isWhole ? '' : `${completed} ends: ${text.slice(0, 200)}` }
}

interface Seen {
  text: string
  completed: number
  failure: string | null
}

function note(seen: Seen, event: Record<string, unknown>): void {
  const { type } = event
  if (type === 'response.output_text.delta') seen.text += String(event['delta'])
  else if (type === 'response.completed') seen.completed++
  else if (type === 'error' || type === 'response.failed') seen.failure = JSON.stringify(event).slice(0, 200)
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of response as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

export function askOverHttp({ url, key }: Target, mark: string, stream: boolean): Promise<Ended> {
  const body = JSON.stringify({ model: 'm', input: mark, stream })
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const sent = request(`${url}/v1/responses`, { method: 'POST', headers }, (response) => {
      textOf(response).then(
        (text) => resolve(read(mark, response.statusCode ?? 0, text, stream)),
        () => resolve(told(mark, 'broken off')),
      )
    })
    sent.on('error', () => resolve(told(mark, 'reset')))
    sent.end(body)
  })
}

function read(mark: string, status: number, text: string, stream: boolean): Ended {
  if (status !== 200) return told(mark, `status ${status}: ${text.slice(0, 200)}`)
  if (!stream) {
    const { output } = JSON.parse(text) as { output: { content: { text: string }[] }[] }
    return judge(mark, output[0]?.content[0]?.text ?? '', 1)
  }
  const seen: Seen = { text: '', completed: 0, failure: null }
  for (const line of text.split('\n')) {
    if (line.startsWith('data: {')) note(seen, JSON.parse(line.slice('data: '.length)) as Record<string, unknown>)
  }
  return seen.failure === null ? judge(mark, seen.text, seen.completed) : told(mark, seen.failure)
}

/** A client that keeps one socket open for all of its turns, as Codex does, and opens another when that one is gone. */
export function createSocketClient({ url, key }: Target) {
  let socket: WebSocket | null = null
  let current: { mark: string; seen: Seen; end: (ended: Ended) => void } | null = null

  function finish(ended: Ended): void {
    const { end } = current ?? {}
    current = null
    end?.(ended)
  }

  function onFrame(data: string): void {
    if (current === null) return
    const event = JSON.parse(data) as Record<string, unknown>
    const { mark, seen } = current
    note(seen, event)
    if (seen.failure !== null) {
      const isNumbered = event['type'] !== 'error' || typeof event['status'] === 'number'
      finish(isNumbered ? told(mark, seen.failure) : { mark, outcome: 'wrong', what: `no status: ${seen.failure}` })
    } else if (seen.completed > 0) finish(judge(mark, seen.text, seen.completed))
  }

  function open(): Promise<WebSocket> {
    const fresh = new WebSocket(`${url.replace('http', 'ws')}/v1/responses`, {
      headers: { authorization: `Bearer ${key}` },
      perMessageDeflate: false,
    })
    return new Promise((resolve, reject) => {
      fresh.once('open', () => resolve(fresh))
      fresh.on('error', reject)
      fresh.on('message', (frame: Buffer) => onFrame(frame.toString('utf8')))
      fresh.on('close', (code) => {
        if (socket === fresh) socket = null
        if (current !== null) finish(told(current.mark, `closed ${code}`))
      })
    })
  }

  return {
    async ask(mark: string): Promise<Ended> {
      try {
        socket ??= await open()
      } catch (error) {
        return told(mark, `no socket: ${String(error)}`)
      }
      const target = socket
      return new Promise((end) => {
        current = { mark, seen: { text: '', completed: 0, failure: null }, end }
        target.send(JSON.stringify({ type: 'response.create', model: 'm', input: mark }))
      })
    },
    close: () => socket?.terminate(),
  }
}
