/**
 * The reader thread: answers the operator's queries on a connection that cannot write. It is an entry of its own, in
 * source and in the bundle, that `createReader` starts; nothing imports more of it than the types of its messages.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import type { ErrorCode, ErrorDetails } from '../../shared/errors.ts'
import type { UpstreamAttempts, UpstreamAttemptsQuery } from '../../shared/models/overview.ts'
import type { RequestCount, RequestFilter, RequestPage, StoredRequest } from '../../shared/models/request.ts'
import type { ReplayedPage } from '../../shared/models/plan-preview.ts'
import type { StatsPoint, StatsQuery } from '../../shared/models/stats.ts'
import type { AuditDetail, AuditFilter, AuditPage } from '../../shared/models/audit.ts'
import type { RetentionRule, UsageCheck } from '../../shared/models/data-care.ts'
import { queryAuditEntry, queryAuditHash, queryAuditPage, queryChainSlice, type ChainSlice } from './audit-store.ts'
import type { ChainHead } from './audit-chain.ts'
import { connectReadOnly, databaseError } from './connection.ts'
import type { Db } from './database.ts'
import {
  queryDataFacts,
  queryErrorCounts,
  queryRetention,
  type DataFacts,
  type ErrorCount,
  type RetentionPlan,
} from './data-query.ts'
import { countRequests, type HistoryOwner } from './key-history.ts'
import { queryReplay, type ReplayQuestion } from './replay-query.ts'
import { queryUpstreamAttempts } from './request-attempts.ts'
import { queryRequest } from './request-detail.ts'
import { queryExportSlice, type ExportSlice, type ExportSliceQuery } from './request-export.ts'
import { queryRequestCount, queryRequestPage } from './request-query.ts'
import { createFigures, type AnswerFigures, type FiguresAnswer, type FiguresQuestion } from './stats-answers.ts'
import { stepBack } from '../threads/step-back.ts'
import { queryStats } from './stats-query.ts'
import { queryUsageCheck } from './usage-day-check.ts'

/** What the thread can be asked, and what it answers. */
export interface ReaderQueries {
  requestPage: { input: RequestFilter; output: RequestPage }
  request: { input: string; output: StoredRequest | null }
  /** About how many a filter matches. */
  matchCount: { input: RequestFilter; output: RequestCount }
  exportSlice: { input: ExportSliceQuery; output: ExportSlice }
  upstreamAttempts: { input: UpstreamAttemptsQuery; output: UpstreamAttempts }
  figures: { input: FiguresQuestion; output: FiguresAnswer }
  stats: { input: StatsQuery; output: StatsPoint[] }
  requestCount: { input: HistoryOwner; output: number }
  auditPage: { input: AuditFilter & { readonly below: number }; output: AuditPage }
  auditEntry: { input: number; output: AuditDetail | null }
  auditHash: { input: number; output: string | null }
  chainSlice: { input: { readonly head: ChainHead; readonly limit: number }; output: ChainSlice }
  dataFacts: { input: null; output: DataFacts }
  retention: { input: { readonly rule: RetentionRule; readonly now: number }; output: RetentionPlan }
  errorCounts: { input: { readonly since: number }; output: ErrorCount[] }
  usageCheck: { input: { readonly now: number }; output: UsageCheck }
  replayPage: { input: ReplayQuestion; output: ReplayedPage }
}

/** Pages of the database that stay in memory; walks of the log come by the same ones again. */
const CACHE_KIB = 8_192

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

/** The connection, and what is kept in memory beside it. */
interface Open {
  readonly db: Db
  readonly figures: AnswerFigures
}

function open(file: string): Open {
  const db = connectReadOnly(file)
  db.$client.pragma(`cache_size = -${CACHE_KIB}`)
  return { db, figures: createFigures(db) }
}

function run({ db, figures }: Open, question: ReaderQuestion): ReaderQueries[Query]['output'] {
  switch (question.query) {
    case 'requestPage':
      return queryRequestPage(db, question.input)
    case 'request':
      return queryRequest(db, question.input)
    case 'matchCount':
      return queryRequestCount(db, question.input)
    case 'exportSlice':
      return queryExportSlice(db, question.input)
    case 'upstreamAttempts':
      return queryUpstreamAttempts(db, question.input)
    case 'figures':
      return figures(question.input)
    case 'stats':
      return queryStats(db, question.input)
    case 'requestCount':
      return countRequests(db, question.input)
    case 'auditPage':
      return queryAuditPage(db, question.input)
    case 'auditEntry':
      return queryAuditEntry(db, question.input)
    case 'auditHash':
      return queryAuditHash(db, question.input)
    case 'chainSlice':
      return queryChainSlice(db, question.input)
    case 'dataFacts':
      return queryDataFacts(db)
    case 'retention':
      return queryRetention(db, question.input)
    case 'errorCounts':
      return queryErrorCounts(db, question.input)
    case 'usageCheck':
      return queryUsageCheck(db, question.input)
    case 'replayPage':
      return queryReplay(db, question.input)
  }
}

function serve(port: MessagePort, file: string): void {
  stepBack()
  let opened: Open | undefined
  function answer(question: ReaderQuestion): ReaderAnswer {
    try {
      // Opened by the first question, so that a missing file is that question's answer and not a dead thread.
      opened ??= open(file)
      return { ok: true, value: run(opened, question) }
    } catch (error) {
      const { code, message, details = {} } = databaseError(error, file)
      return { ok: false, error: { code, message, details } }
    }
  }
  port.on('message', (message: ReaderQuestion | 'close') => {
    if (message !== 'close') return port.postMessage(answer(message))
    opened?.db.$client.close()
    port.close()
  })
}

if (parentPort !== null) serve(parentPort, String(workerData))
