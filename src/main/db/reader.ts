/**
 * The operator's view of the log and the statistics, answered by a thread of its own so that no query holds the event
 * loop that serves clients. The thread starts with the first question and gets one at a time; if it dies, the questions
 * that wait are rejected and the next one starts another.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { AppError } from '../../shared/errors.ts'
import type { RequestDetail, RequestFilter, RequestPage } from '../../shared/models/request.ts'
import type { StatsPoint, StatsQuery } from '../../shared/models/stats.ts'
import type { ReaderAnswer, ReaderQueries, ReaderQuestion } from './reader-thread.ts'

/** Questions held at one time. An operator's page asks a handful; more means a script without patience. */
const MAX_WAITING = 64

export interface Reader {
  requestPage(filter: RequestFilter): Promise<RequestPage>
  request(id: string): Promise<RequestDetail | null>
  stats(query: StatsQuery): Promise<StatsPoint[]>
  /** Refuses what waits and ends the thread. Before the database is closed, so that its last checkpoint is complete. */
  close(): Promise<void>
}

interface Call {
  readonly question: ReaderQuestion
  resolve(value: unknown): void
  reject(error: AppError): void
}

/** `start` makes the thread; it is a parameter so that a test can keep hold of it. */
export function createReader(file: string, start: (file: string) => Worker = startThread): Reader {
  /** The first one is with the thread. */
  const calls: Call[] = []
  let thread: Worker | null = null
  let closing: Promise<void> | null = null

  function rejectAll(error: AppError): void {
    for (const call of calls.splice(0)) call.reject(error)
  }

  function open(): Worker {
    const worker = start(file)
    worker.on('message', (answer: ReaderAnswer) => {
      const call = calls.shift()
      if (answer.ok) call?.resolve(answer.value)
      else call?.reject(new AppError(answer.error.code, answer.error.message, { details: answer.error.details }))
      askNext()
    })
    const lost = (cause: unknown) => {
      if (thread !== worker) return
      thread = null
      rejectAll(new AppError('internal', 'The thread that reads the request log stopped. Try again.', { cause }))
    }
    worker.on('error', lost)
    worker.on('exit', lost)
    return worker
  }

  function askNext(): void {
    const [call] = calls
    // An idle thread must not keep the process alive; one at work must.
    if (call === undefined) return thread?.unref()
    thread ??= open()
    thread.ref()
    thread.postMessage(call.question, [])
  }

  function ask<Q extends keyof ReaderQueries>(question: ReaderQuestion & { query: Q }) {
    return new Promise<ReaderQueries[Q]['output']>((resolve, reject) => {
      if (closing !== null) throw new AppError('shutting_down', 'Weir is shutting down.')
      if (calls.length >= MAX_WAITING) {
        throw new AppError('gateway_busy', `${MAX_WAITING} questions about the log wait already. Try again later.`)
      }
      calls.push({ question, resolve: resolve as Call['resolve'], reject })
      if (calls.length === 1) askNext()
    })
  }

  async function close(): Promise<void> {
    const worker = thread
    thread = null
    rejectAll(new AppError('shutting_down', 'Weir is shutting down.'))
    if (worker === null) return
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    worker.ref()
    worker.postMessage('close', [])
    await ended
  }

  return {
    requestPage: (input) => ask({ query: 'requestPage', input }),
    request: (input) => ask({ query: 'request', input }),
    stats: (input) => ask({ query: 'stats', input }),
    close: () => (closing ??= close()),
  }
}

/** No environment and no flags of this process: the thread needs none, and the environment may hold a passphrase. */
function startThread(file: string): Worker {
  return new Worker(threadFile(import.meta.dirname), { workerData: file, env: {}, execArgv: [] })
}

/** Beside this file when run from source; in the bundle an entry of its own, with this code there or in `chunks/`. */
export function threadFile(dir: string): string {
  const names = ['reader-thread.ts', 'reader-thread.js', join('..', 'reader-thread.js')]
  const found = names.map((name) => join(dir, name)).find((candidate) => existsSync(candidate))
  if (found !== undefined) return found
  throw new AppError(
    'internal',
    `reader-thread.js is missing from this installation (near ${dir}). Install Weir again.`,
  )
}
