/** The questions about traffic that the reader thread answers with what it keeps in memory of the past. */
import type { KeyFigures, KeyFiguresQuery, PoolFigures, UpstreamFigures } from '../../shared/models/overview.ts'
import type { Series, SeriesQuery } from '../../shared/models/stats.ts'
import type { Db } from './database.ts'
import { createUsageBlocks, type FiguresMoment } from './stats-blocks.ts'
import {
  queryKeyFigures,
  queryModelsSeen,
  queryOverview,
  queryPoolFigures,
  queryUpstreamFigures,
  type OverviewFigures,
  type StatsSource,
} from './stats-figures.ts'
import { createLatencyBlocks } from './stats-latency.ts'
import { querySeries } from './stats-series.ts'

export interface Figures {
  series: { input: SeriesQuery; output: Series }
  overview: { input: { readonly zone: string }; output: OverviewFigures }
  pools: { input: null; output: PoolFigures[] }
  keys: { input: KeyFiguresQuery; output: KeyFigures }
  upstreams: { input: { readonly only: string | null }; output: UpstreamFigures[] }
  modelsSeen: { input: { readonly days: number }; output: { id: string; requests: number }[] }
}

export type FiguresKind = keyof Figures
export type FiguresQuestion = FiguresMoment &
  { [K in FiguresKind]: { readonly kind: K; readonly input: Figures[K]['input'] } }[FiguresKind]
export type FiguresAnswer = Figures[FiguresKind]['output']

export type AnswerFigures = (question: FiguresQuestion) => FiguresAnswer

export function createFigures(db: Db): AnswerFigures {
  const usage = createUsageBlocks(db, (minute) => latency.forget(minute))
  const latency = createLatencyBlocks(db, usage.isPast)
  function answer(question: FiguresQuestion): FiguresAnswer {
    usage.refresh(question)
    const source: StatsSource = { db, usage, latency, nowMs: question.nowMs }
    switch (question.kind) {
      case 'series':
        return querySeries(db, usage, question.input, question.nowMs)
      case 'overview':
        return queryOverview(source, question.input.zone)
      case 'pools':
        return queryPoolFigures(source)
      case 'keys':
        return queryKeyFigures(source, question.input)
      case 'upstreams':
        return queryUpstreamFigures(source, question.input.only)
      case 'modelsSeen':
        return queryModelsSeen(source, question.input.days)
    }
  }
  // One snapshot for all statements of an answer: what is past and what is added up must be of the same moment.
  return (question) => db.$client.transaction(answer)(question)
}
