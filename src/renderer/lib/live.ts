/**
 * The one place where news of the core becomes fetching. An event names what changed; this table names the routes whose
 * answers may be another now. News is gathered: changes are applied at most four times a second, traffic every two seconds,
 * and what traffic changes in passing, such as when a key was last used, every ten.
 */
import type { Query, QueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { api } from './api.ts'
import type { PageEvent } from './transport.ts'

const CHANGE_MS = 250
const TRAFFIC_MS = 2_000
const PASSING_MS = 10_000

/** Routes by prefix: `key.` is every route of keys. */
const changed: Readonly<Record<Exclude<PageEvent['type'], 'request.settled'>, readonly string[]>> = {
  'host.navigate': [],
  'pool.changed': ['pool.', 'key.', 'upstream.', 'price.', 'overview.', 'setup.', 'audit.'],
  'upstream.changed': ['upstream.', 'account.quota', 'pool.', 'price.', 'overview.', 'setup.', 'audit.'],
  'key.changed': ['key.', 'token.', 'pool.', 'overview.', 'setup.', 'audit.'],
  'token.changed': ['token.', 'audit.'],
  'session.changed': ['session.', 'audit.'],
  'notice.changed': ['notice.'],
  'price.changed': ['price.', 'audit.'],
  'account.changed': ['account.flow', 'audit.'],
  'settings.changed': ['settings.', 'system.', 'data.', 'sharing.', 'audit.'],
  // Told after a restart too, which may have restored another database: everything may be another now.
  'system.changed': [''],
  'export.progress': ['export.'],
  'job.changed': ['job.', 'data.', 'backup.'],
}

/** Answers that hold figures of traffic. */
const traffic: readonly string[] = [
  'system.status',
  'request.',
  'overview.',
  'stats.',
  'setup.',
  'pool.figures',
  'key.figures',
  'key.usage',
  'key.spend',
  'token.list',
  'session.list',
  'upstream.figures',
  'upstream.attempts',
  'upstream.list',
  'upstream.get',
]

/** Answers about a thing that say beside much else when it last served, or how often. */
const passing: readonly string[] = ['key.get', 'key.list', 'price.list']

/** Routes that answer a question once (a test, a preview, an export); asking again is never wanted. */
const once = /\.(test|probe\w*|verify|preview|deletePreview|effectivePolicy)$/

interface News {
  readonly prefixes: readonly string[]
  readonly delayMs: number
}

const TRAFFIC_NEWS: readonly News[] = [
  { prefixes: traffic, delayMs: TRAFFIC_MS },
  { prefixes: passing, delayMs: PASSING_MS },
]

function newsOf(event: PageEvent): readonly News[] {
  if (event.type === 'request.settled') return TRAFFIC_NEWS
  // A newer core may tell of things that this page has never heard of.
  return [{ prefixes: changed[event.type] ?? [], delayMs: CHANGE_MS }]
}

/** Queries whose first answer is under way, and was asked for before the news. */
const askedTooEarly = new WeakSet<Query>()

/**
 * Marks every query of these routes as old; those on screen are fetched again at once. A query with `meta: {live: false}`
 * (a long list that follows the events in its own way) is left alone by traffic.
 */
export function invalidateRoutes(client: QueryClient, prefixes: Iterable<string>, isTraffic = false): void {
  const all = [...prefixes]
  const isMeant = ({ queryKey: [route], meta }: Query) =>
    typeof route === 'string' &&
    !once.test(route) &&
    !(isTraffic && meta?.['live'] === false) &&
    all.some((prefix) => route.startsWith(prefix))
  void client.invalidateQueries({ predicate: isMeant })
  // A first answer under way is not asked for again by the library, and would stand as fresh although older than the news.
  for (const query of client.getQueryCache().findAll({ predicate: isMeant, fetchStatus: 'fetching' })) {
    if (query.state.data !== undefined || askedTooEarly.has(query)) continue
    askedTooEarly.add(query)
    const again = () => {
      askedTooEarly.delete(query)
      void client.invalidateQueries({ queryKey: query.queryKey, exact: true })
    }
    void query.promise?.then(again, again)
  }
}

/** What an act of this page changed, known before its event arrives: `key.create` → everything that shows keys. */
export function prefixesOfAct(route: string): readonly string[] {
  const area = route.slice(0, route.indexOf('.'))
  const kind = `${area}.changed`
  return Object.hasOwn(changed, kind) ? changed[kind as keyof typeof changed] : [`${area}.`, 'audit.']
}

interface Gatherer {
  add(prefixes: readonly string[]): void
  close(): void
}

/** Lets the first news pass at once and what follows within the time together at its end. */
function createGatherer(delayMs: number, apply: (prefixes: Iterable<string>) => void): Gatherer {
  const waiting = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined

  function rest(): void {
    timer = setTimeout(() => {
      timer = undefined
      if (waiting.size > 0) flush()
    }, delayMs)
  }

  function flush(): void {
    const all = [...waiting]
    waiting.clear()
    rest()
    apply(all)
  }

  return {
    add(prefixes) {
      for (const prefix of prefixes) waiting.add(prefix)
      if (timer === undefined) flush()
    },
    close: () => clearTimeout(timer),
  }
}

/** Returns what ends it. */
export function keepFresh(
  client: QueryClient,
  onEvents: (listener: (events: readonly PageEvent[]) => void) => () => void,
): () => void {
  const gatherers = new Map(
    [CHANGE_MS, TRAFFIC_MS, PASSING_MS].map((delayMs) => {
      const apply = (prefixes: Iterable<string>) => invalidateRoutes(client, prefixes, delayMs !== CHANGE_MS)
      return [delayMs, createGatherer(delayMs, apply)]
    }),
  )
  const stop = onEvents((events) => {
    for (const event of events) {
      for (const { prefixes, delayMs } of newsOf(event)) gatherers.get(delayMs)?.add(prefixes)
    }
  })
  return () => {
    stop()
    for (const gatherer of gatherers.values()) gatherer.close()
  }
}

/** For a page that must act on single events, such as a live tail. What it shows by queries is fresh without this. */
export function useCoreEvents(handler: (events: readonly PageEvent[]) => void): void {
  const latest = useRef(handler)
  useEffect(() => {
    latest.current = handler
  })
  useEffect(() => api().onEvents((events) => latest.current(events)), [])
}
