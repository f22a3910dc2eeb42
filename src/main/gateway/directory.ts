/**
 * The world as the request path sees it: immutable records in memory, looked up without I/O. Services put a new record
 * after each commit, so a change takes effect on the next request and no cache can be stale.
 */
import { defaultSettings, type Settings } from '../../shared/settings.ts'
import type { KeyRecord, PoolRecord, UpstreamRecord } from './ports.ts'

export interface Directory {
  readonly settings: Settings
  keyByPublicId(publicId: string): KeyRecord | undefined
  pool(id: string): PoolRecord | undefined
  upstream(id: string): UpstreamRecord | undefined
  upstreams(): Iterable<UpstreamRecord>
}

export interface WritableDirectory extends Directory {
  putSettings(settings: Settings): void
  putKey(record: KeyRecord): void
  removeKey(publicId: string): void
  putPool(record: PoolRecord): void
  removePool(id: string): void
  putUpstream(record: UpstreamRecord): void
  removeUpstream(id: string): void
  /** Called after an upstream was put or removed, with its id: connections follow. */
  onUpstreamChange(listener: (id: string) => void): void
}

export function createDirectory(): WritableDirectory {
  const keys = new Map<string, KeyRecord>()
  const pools = new Map<string, PoolRecord>()
  const upstreams = new Map<string, UpstreamRecord>()
  const listeners: ((id: string) => void)[] = []
  let settings = defaultSettings

  function tell(id: string): void {
    for (const listener of listeners) listener(id)
  }

  return {
    get settings() {
      return settings
    },
    keyByPublicId: (publicId) => keys.get(publicId),
    pool: (id) => pools.get(id),
    upstream: (id) => upstreams.get(id),
    upstreams: () => upstreams.values(),
    putSettings(next) {
      settings = next
    },
    putKey(record) {
      keys.set(record.publicId, record)
    },
    removeKey(publicId) {
      keys.delete(publicId)
    },
    putPool(record) {
      pools.set(record.id, record)
    },
    removePool(id) {
      pools.delete(id)
    },
    putUpstream(record) {
      upstreams.set(record.id, record)
      tell(record.id)
    },
    removeUpstream(id) {
      upstreams.delete(id)
      tell(id)
    },
    onUpstreamChange(listener) {
      listeners.push(listener)
    },
  }
}
