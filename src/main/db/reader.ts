/**
 * The operator's view of the log and the statistics, answered by threads of their own so that no query holds the event
 * loop that serves clients. There are two, one for what is quick and one for what may take a while. A thread starts with
 * its first question and gets one at a time; if it dies, the questions that wait are rejected and the next one starts
 * another.
 */
import { Worker } from 'node:worker_threads'
import { AppError } from '../../shared/errors.ts'
import { entryFile } from '../threads/entry-file.ts'
import type { AuditDetail, AuditPage } from '../../shared/models/audit.ts'
import type { UsageCheck } from '../../shared/models/data-care.ts'
import type { UpstreamAttempts, UpstreamAttemptsQuery } from '../../shared/models/overview.ts'
import type { RequestCount, RequestFilter, RequestPage, StoredRequest } from '../../shared/models/request.ts'
import type { ReplayedPage } from '../../shared/models/plan-preview.ts'
import type { StatsPoint, StatsQuery } from '../../shared/models/stats.ts'
import type { DataFacts, ErrorCount, RetentionPlan } from './data-query.ts'
import type { HistoryOwner } from './key-history.ts'
import type { ChainSlice } from './audit-store.ts'
import type { ReplayQuestion } from './replay-query.ts'
import type { ExportSlice, ExportSliceQuery } from './request-export.ts'
import type { Figures, FiguresKind, FiguresQuestion } from './stats-answers.ts'
import type { FiguresMoment } from './stats-blocks.ts'
import type { ReaderAnswer, ReaderQueries, ReaderQuestion } from './reader-thread.ts'

/** Questions held at one time. An operator's page asks a handful; more means a script without patience. */
const MAX_WAITING = 64
/** So much of everybody's traffic may be summed beside the lists: a day. */
const QUICK_SUM_MS = 86_400_000

export interface Reader {
  requestPage(filter: RequestFilter): Promise<RequestPage>
  request(id: string): Promise<StoredRequest | null>
  matchCount(filter: RequestFilter): Promise<RequestCount>
  exportSlice(query: ExportSliceQuery): Promise<ExportSlice>
  upstreamAttempts(query: UpstreamAttemptsQuery): Promise<UpstreamAttempts>
  /** Sums and latencies. Past hours are kept in the thread's memory; the first question after a start reads them. */
  figures<K extends FiguresKind>(
    kind: K,
    input: Figures[K]['input'],
    moment: FiguresMoment,
  ): Promise<Figures[K]['output']>
  stats(query: StatsQuery): Promise<StatsPoint[]>
  requestCount(owner: HistoryOwner): Promise<number>
  auditPage(filter: ReaderQueries['auditPage']['input']): Promise<AuditPage>
  auditEntry(id: number): Promise<AuditDetail | null>
  /** The hash of one row of the audit log, null when it is gone. */
  auditHash(id: number): Promise<string | null>
  chainSlice(input: ReaderQueries['chainSlice']['input']): Promise<ChainSlice>
  dataFacts(): Promise<DataFacts>
  retention(input: ReaderQueries['retention']['input']): Promise<RetentionPlan>
  errorCounts(since: number): Promise<ErrorCount[]>
  usageCheck(now: number): Promise<UsageCheck>
  /** A part of a Pool's requests, newest first. */
  replayPage(input: ReplayQuestion): Promise<ReplayedPage>
  /** Refuses what waits and ends the thread. Before the database is closed, so that its last checkpoint is complete. */
  close(): Promise<void>
}

interface Call {
  readonly question: ReaderQuestion
  resolve(value: unknown): void
  reject(error: AppError): void
}

interface Lane {
  ask<Q extends keyof ReaderQueries>(question: ReaderQuestion & { query: Q }): Promise<ReaderQueries[Q]['output']>
  close(): Promise<void>
}

type StartThread = (file: string) => Worker

/** A thread and the questions that wait for it. */
function createLane(file: string, start: StartThread): Lane {
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
        throw new AppError('log_busy', `${MAX_WAITING} questions about the log wait already. Try again later.`)
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

  return { ask, close: () => (closing ??= close()) }
}

/** `start` makes a thread; it is a parameter so that a test can keep hold of it. */
export function createReader(file: string, start: StartThread = startThread): Reader {
  // What a page waits for, and what may take a while: an export or a first look at a month must not hold up a list.
  const quick = createLane(file, start)
  const slow = createLane(file, start)
  return {
    requestPage: (input) => quick.ask({ query: 'requestPage', input }),
    request: (input) => quick.ask({ query: 'request', input }),
    matchCount: (input) => slow.ask({ query: 'matchCount', input }),
    exportSlice: (input) => slow.ask({ query: 'exportSlice', input }),
    upstreamAttempts: (input) => quick.ask({ query: 'upstreamAttempts', input }),
    // Each kind is answered with its own type, which the thread's protocol does not carry.
    figures: (kind, input, moment) =>
      slow.ask({ query: 'figures', input: { kind, input, ...moment } as FiguresQuestion }) as Promise<never>,
    stats: (input) => (isQuick(input) ? quick : slow).ask({ query: 'stats', input }),
    requestCount: (input) => slow.ask({ query: 'requestCount', input }),
    auditPage: (input) => quick.ask({ query: 'auditPage', input }),
    auditEntry: (input) => quick.ask({ query: 'auditEntry', input }),
    auditHash: (input) => quick.ask({ query: 'auditHash', input }),
    chainSlice: (input) => slow.ask({ query: 'chainSlice', input }),
    dataFacts: () => slow.ask({ query: 'dataFacts', input: null }),
    retention: (input) => slow.ask({ query: 'retention', input }),
    errorCounts: (since) => slow.ask({ query: 'errorCounts', input: { since } }),
    usageCheck: (now) => slow.ask({ query: 'usageCheck', input: { now } }),
    replayPage: (input) => slow.ask({ query: 'replayPage', input }),
    async close() {
      await Promise.all([quick.close(), slow.close()])
    },
  }
}

/** A month of everybody's minutes takes a second to add up, and a list must not wait that long. */
function isQuick({ from, to, keyId }: StatsQuery): boolean {
  return keyId !== undefined || to - from <= QUICK_SUM_MS
}

/** No environment and no flags of this process: the thread needs none, and the environment may hold a passphrase. */
function startThread(file: string): Worker {
  return new Worker(threadFile(import.meta.dirname), { workerData: file, env: {}, execArgv: [] })
}

export function threadFile(dir: string): string {
  return entryFile(dir, 'reader-thread')
}
