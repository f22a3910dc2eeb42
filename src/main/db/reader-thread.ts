/**
 * The reader thread: answers the operator's queries on a connection that cannot write. It is an entry of its own, in
 * source and in the bundle, that `createReader` starts; nothing imports more of it than the types of its messages.
 */
import { readlinkSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { basename } from 'node:path'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import type { ErrorCode, ErrorDetails } from '../../shared/errors.ts'
import type { RequestDetail, RequestFilter, RequestPage } from '../../shared/models/request.ts'
import type { StatsPoint, StatsQuery } from '../../shared/models/stats.ts'
import { connectReadOnly, databaseError } from './connection.ts'
import type { Db } from './database.ts'
import { queryRequest, queryRequestPage } from './request-query.ts'
import { queryStats } from './stats-query.ts'

/** What the thread can be asked, and what it answers. */
export interface ReaderQueries {
  requestPage: { input: RequestFilter; output: RequestPage }
  request: { input: string; output: RequestDetail | null }
  stats: { input: StatsQuery; output: StatsPoint[] }
}

type Query = keyof ReaderQueries
export type ReaderQuestion = { [Q in Query]: { query: Q; input: ReaderQueries[Q]['input'] } }[Query]
export type ReaderAnswer =
  | { readonly ok: true; readonly value: ReaderQueries[Query]['output'] }
  | { readonly ok: false; readonly error: ReaderFailure }

/** An error loses its class on the way between threads. */
interface ReaderFailure {
  readonly code: ErrorCode
  readonly message: string
  readonly details: ErrorDetails
}

function run(db: Db, question: ReaderQuestion): ReaderQueries[Query]['output'] {
  switch (question.query) {
    case 'requestPage':
      return queryRequestPage(db, question.input)
    case 'request':
      return queryRequest(db, question.input)
    case 'stats':
      return queryStats(db, question.input)
  }
}

/**
 * Steps back behind the thread that serves clients: where both share a core, a long query must not hold up a stream. Only
 * Linux lets a thread have a priority of its own; elsewhere the call would slow down the whole process.
 */
function stepBack(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), constants.priority.PRIORITY_LOW)
  } catch {
    // Without /proc, or where the system forbids it, the queries run as before.
  }
}

function serve(port: MessagePort, file: string): void {
  stepBack()
  let db: Db | undefined
  function answer(question: ReaderQuestion): ReaderAnswer {
    try {
      // Opened by the first question, so that a missing file is that question's answer and not a dead thread.
      db ??= connectReadOnly(file)
      return { ok: true, value: run(db, question) }
    } catch (error) {
      const { code, message, details = {} } = databaseError(error, file)
      return { ok: false, error: { code, message, details } }
    }
  }
  port.on('message', (message: ReaderQuestion | 'close') => {
    if (message !== 'close') return port.postMessage(answer(message))
    db?.$client.close()
    port.close()
  })
}

if (parentPort !== null) serve(parentPort, String(workerData))
