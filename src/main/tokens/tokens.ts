/**
 * Counts the input tokens of requests in a thread of its own, so that no prompt holds the event loop. The thread starts
 * with the first count: where no key has a limit on tokens or money, nobody pays for it. It counts one request at a time.
 * When it dies or is too late, the answer is the upper bound, and says so.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Dialect } from '../dialects/dialect.ts'
import { entryFile } from '../threads/entry-file.ts'
import type { CountAnswer, CountPart } from './token-thread.ts'
import { upperBound } from './upper-bound.ts'

/** Requests that wait at one time. At some 10 ms each, a later one would only wait to be too late. */
const MAX_WAITING = 256
/** From the call to the answer, waiting and the start of the thread included. */
const TIMEOUT_MS = 5_000
/** Copied in one go: some 0.2 ms. */
const PART_BYTES = 524_288
/** Of the thread: the vocabulary takes 70 MB, a body of 64 MB some hundred. More ends it, and only it. */
const MAX_HEAP_MB = 1_024

export interface TokenCount {
  readonly tokens: number
  /** False when `tokens` is the upper bound because counting failed. */
  readonly isExact: boolean
}

export interface TokenCounter {
  /**
   * Never rejects. `body` must not change before the answer. `model` is what is sent upstream, where that is not what
   * stands in the body; it decides what an image costs.
   */
  count(dialect: Dialect, body: Buffer, model?: string): Promise<TokenCount>
  /** Never below what `count` says of the same. About 1.5 ms for 1 MB: a body that fits anyway need not be counted. */
  upperBound(dialect: Dialect, body: Buffer, model?: string): number
  /** Answers what waits with the upper bound and ends the thread. */
  close(): Promise<void>
}

export interface TokenCounterDeps {
  readonly log: { warn(message: string, facts?: Readonly<Record<string, unknown>>): void }
  /** Parameters so that a test can keep hold of it, or be impatient. */
  readonly start?: () => Worker
  readonly timeoutMs?: number
}

interface Call {
  readonly dialect: Dialect
  readonly body: Buffer
  readonly model: string | undefined
  readonly timer: NodeJS.Timeout
  resolve(count: TokenCount): void
}

export function createTokenCounter({
  log,
  start = startThread,
  timeoutMs = TIMEOUT_MS,
}: TokenCounterDeps): TokenCounter {
  /** The first one is with the thread. */
  const calls: Call[] = []
  let thread: Worker | null = null
  let closing: Promise<void> | null = null

  function settle(call: Call, tokens: number | null): void {
    clearTimeout(call.timer)
    call.resolve(tokens === null ? boundOf(call) : { tokens, isExact: true })
  }

  function open(): Worker {
    const worker = start()
    worker.on('message', ({ tokens }: CountAnswer) => {
      if (thread !== worker) return
      const call = calls.shift()
      if (call !== undefined) settle(call, tokens)
      askNext()
    })
    const lost = (cause: unknown) => {
      if (thread !== worker) return
      log.warn('The thread that counts tokens stopped. The next request starts another.', { cause })
      giveUp()
    }
    worker.on('error', lost)
    worker.on('exit', lost)
    return worker
  }

  /** The request that the thread had gets the bound; those behind it get a new thread. */
  function giveUp(): void {
    void thread?.terminate()
    thread = null
    const call = calls.shift()
    if (call !== undefined) settle(call, null)
    askNext()
  }

  function askNext(): void {
    const [call] = calls
    // An idle thread must not keep the process alive; one at work must.
    if (call === undefined) return thread?.unref()
    try {
      thread ??= open()
    } catch (cause) {
      log.warn('The thread that counts tokens could not be started.', { cause })
      return giveUp()
    }
    thread.ref()
    void send(thread, call)
  }

  /** In parts, one in each turn of the event loop. */
  async function send(worker: Worker, call: Call): Promise<void> {
    const { body, dialect, model = null } = call
    for (let from = 0; ;) {
      const to = Math.min(body.length, from + PART_BYTES)
      const isLast = to === body.length
      post(worker, { bytes: body.subarray(from, to), question: isLast ? { dialect, model } : null })
      if (isLast) return
      from = to
      await nextTurn()
      if (thread !== worker || calls[0] !== call) return
    }
  }

  function onTimeout(call: Call): void {
    if (calls[0] === call) {
      log.warn('Counting tokens took too long; the upper bound is used.', {
        bytes: call.body.length,
        timeoutMs,
      })
      return giveUp()
    }
    calls.splice(calls.indexOf(call), 1)
    settle(call, null)
  }

  function count(dialect: Dialect, body: Buffer, model?: string): Promise<TokenCount> {
    if (closing !== null || calls.length >= MAX_WAITING) return Promise.resolve(boundOf({ body, model }))
    return new Promise((resolve) => {
      const timer = setTimeout(() => onTimeout(call), timeoutMs)
      const call: Call = { dialect, body, model, timer, resolve }
      calls.push(call)
      if (calls.length === 1) askNext()
    })
  }

  async function end(): Promise<void> {
    const worker = thread
    thread = null
    for (const call of calls.splice(0)) settle(call, null)
    await worker?.terminate()
  }

  return {
    count,
    upperBound: (_dialect, body, model) => upperBound(body, model),
    close: () => (closing ??= end()),
  }
}

function boundOf({ body, model }: Pick<Call, 'body' | 'model'>): TokenCount {
  return { tokens: upperBound(body, model), isExact: false }
}

/** The thread gets a copy of its own: the body goes upstream meanwhile. */
function post(worker: Worker, { bytes, question }: CountPart): void {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  copy.set(bytes)
  worker.postMessage({ bytes: copy, question } satisfies CountPart, [copy.buffer])
}

/** No environment and no flags of this process: the thread needs none, and the environment may hold a passphrase. */
function startThread(): Worker {
  return new Worker(entryFile(import.meta.dirname, 'token-thread'), {
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  })
}
