/**
 * Figures of traffic for the overview, the charts and the lists: sums from the reader's thread, joined with what only
 * this process knows, the state of the upstreams and the models they list.
 */
import type {
  CatalogModel,
  KeyFigures,
  KeyFiguresQuery,
  Overview,
  PoolFigures,
  UpstreamAttempts,
  UpstreamAttemptsQuery,
  UpstreamFigures,
} from '../../shared/models/overview.ts'
import type { Series, SeriesQuery, UsageSums } from '../../shared/models/stats.ts'
import { listPools } from '../db/pool-store.ts'
import { listUpstreams } from '../db/upstream-store.ts'
import type { Db } from '../db/database.ts'
import type { Reader } from '../db/reader.ts'
import type { HealthView } from '../gateway/health.ts'
import { figuresMoment, type FiguresMomentDeps } from './figures-moment.ts'
import { createCatalog } from './model-catalog.ts'
import { invalidField } from './record-id.ts'
import { tryFlush } from './requests.ts'

export interface FigureService {
  overview(zone: string): Promise<Overview>
  series(query: SeriesQuery): Promise<Series>
  /** In the order of the list of Pools. */
  pools(): Promise<PoolFigures[]>
  keys(query: KeyFiguresQuery): Promise<KeyFigures>
  /** In the order of the list of upstreams. */
  upstreams(only?: string): Promise<UpstreamFigures[]>
  attempts(query: UpstreamAttemptsQuery): Promise<UpstreamAttempts>
  models(): Promise<CatalogModel[]>
}

export interface FigureDeps extends FiguresMomentDeps {
  readonly db: Db
  readonly reader: Pick<Reader, 'figures' | 'upstreamAttempts'>
  readonly health: Pick<HealthView, 'view'>
}

/** Models that were asked for longer ago are not offered in pickers. */
const SEEN_DAYS = 7

const NO_SUMS: UsageSums = {
  requests: 0,
  failed: 0,
  refused: 0,
  input: 0,
  cached: 0,
  output: 0,
  reasoning: 0,
  costNanos: 0,
  durationMs: 0,
}

export function createFigureService(deps: FigureDeps): FigureService {
  const { db, reader, health } = deps

  const moment = () => figuresMoment(deps)

  return {
    async overview(zone) {
      const at = moment()
      const figures = await reader.figures('overview', { zone }, at)
      const known = new Map(figures.upstreams.map((each) => [each.id, each]))
      const upstreams = listUpstreams(db).map(({ id, name, kind }) => {
        const { recent = NO_SUMS, day = NO_SUMS, latency = null } = known.get(id) ?? {}
        return { id, name, kind, health: health.view(id), recent, day, latency }
      })
      return { at: at.nowMs, ...figures, upstreams }
    },
    series: (query) => reader.figures('series', query, moment()),
    async pools() {
      const figures = await reader.figures('pools', null, moment())
      const known = new Map(figures.map((each) => [each.id, each]))
      return listPools(db).flatMap(({ id }) => known.get(id) ?? [])
    },
    async keys(query) {
      if (query.to <= query.from) throw invalidField('to', 'must be after `from`')
      return reader.figures('keys', query, moment())
    },
    async upstreams(only) {
      const figures = await reader.figures('upstreams', { only: only ?? null }, moment())
      const known = new Map(figures.map((each) => [each.id, each]))
      return listUpstreams(db).flatMap(({ id }) => known.get(id) ?? [])
    },
    async attempts(query) {
      tryFlush(deps.flushJournal)
      return reader.upstreamAttempts(query)
    },
    async models() {
      const seen = await reader.figures('modelsSeen', { days: SEEN_DAYS }, moment())
      return createCatalog(listUpstreams(db), listPools(db), seen)
    },
  }
}
