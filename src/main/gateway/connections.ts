/** The open connections of each upstream and what is constant about calling it, made once per change of its record. */
import { openDispatcher } from '../providers/connection.ts'
import type { BackendRules, PlainPlaces } from '../providers/provider.ts'
import { providerOf } from '../providers/registry.ts'
import type { Dispatcher } from 'undici'
import type { WritableDirectory } from './directory.ts'
import type { UpstreamRecord } from './ports.ts'

export interface Connection {
  readonly dispatcher: Dispatcher
  readonly origin: string
  /** Path of the API base, without trailing slash. */
  readonly basePath: string
  /** Where Responses are had over a WebSocket; null where they are not, or not by its proxy. */
  readonly socketUrl: string | null
  readonly accountHeaders: readonly string[]
  readonly isThirdParty: boolean
  /** Null where a request is sent as the client wrote it. */
  readonly backend: BackendRules | null
  readonly plain: PlainPlaces
}

export interface Connections {
  to(record: UpstreamRecord): Connection
  close(): Promise<void>
}

export function createConnections(directory: WritableDirectory): Connections {
  const open = new Map<string, { record: UpstreamRecord; connection: Connection }>()

  function connect(record: UpstreamRecord): Connection {
    const provider = providerOf(record.kind)
    const base = new URL(provider.apiBase(record.baseUrl))
    const basePath = base.pathname.replace(/\/$/, '')
    return {
      dispatcher: openDispatcher(record, { connectTimeoutMs: directory.settings['gateway.connectTimeoutMs'] }),
      origin: base.origin,
      basePath,
      socketUrl:
        provider.socketPath === undefined || record.proxyUrl !== null
          ? null
          : `${base.origin.replace(/^http/, 'ws')}${basePath}${provider.socketPath}`,
      accountHeaders: provider.headers(record.secret),
      isThirdParty: provider.isThirdParty(record.baseUrl),
      backend: provider.backend ?? null,
      plain: provider.plain,
    }
  }

  directory.onUpstreamChange((id) => {
    const entry = open.get(id)
    if (entry === undefined) return
    const next = directory.upstream(id)
    if (next !== undefined && isSameTarget(entry.record, next)) {
      open.set(id, { ...entry, record: next })
      return
    }
    if (next !== undefined && isSamePlace(entry.record, next)) {
      // New tokens of the same account: the connections are as good as they were.
      const accountHeaders = providerOf(next.kind).headers(next.secret)
      open.set(id, { record: next, connection: { ...entry.connection, accountHeaders } })
      return
    }
    open.delete(id)
    // Requests on the old connections finish there; new ones go to the new address.
    entry.connection.dispatcher.close().catch(() => {})
  })

  return {
    to(record) {
      const entry = open.get(record.id)
      if (entry !== undefined) return entry.connection
      const connection = connect(record)
      open.set(record.id, { record, connection })
      return connection
    },
    async close() {
      const all = [...open.values()]
      open.clear()
      await Promise.all(all.map(async (entry) => entry.connection.dispatcher.destroy()))
    },
  }
}

function isSameAddress(a: UpstreamRecord, b: UpstreamRecord): boolean {
  return a.kind === b.kind && a.baseUrl === b.baseUrl && a.proxyUrl === b.proxyUrl
}

/** Everything that a connection is made of is as it was. */
export function isSameTarget(a: UpstreamRecord, b: UpstreamRecord): boolean {
  return isSameAddress(a, b) && JSON.stringify(a.secret) === JSON.stringify(b.secret)
}

/** Both signed in to the same account. */
function isSamePlace(a: UpstreamRecord, b: UpstreamRecord): boolean {
  const { account: mine, ...rest } = a.secret ?? {}
  const { account: theirs, ...others } = b.secret ?? {}
  if (mine === undefined || mine.accountId !== theirs?.accountId) return false
  return isSameAddress(a, b) && JSON.stringify(rest) === JSON.stringify(others)
}
