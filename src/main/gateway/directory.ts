/**
 * The world as the request path sees it: immutable records in memory, looked up without I/O. Services put a new record
 * after each commit, so a change takes effect on the next request and no cache can be stale.
 */
import { defaultSettings, type Settings } from '../../shared/settings.ts'
import type { KeyRecord, PoolRecord, TokenRecord, UpstreamRecord } from './ports.ts'

export interface Directory {
  readonly settings: Settings
  keyByPublicId(publicId: string): KeyRecord | undefined
  keys(): Iterable<KeyRecord>
  tokenByPublicId(publicId: string): TokenRecord | undefined
  pool(id: string): PoolRecord | undefined
  upstream(id: string): UpstreamRecord | undefined
  upstreams(): Iterable<UpstreamRecord>
}

export interface WritableDirectory extends Directory {
  putSettings(settings: Settings): void
  putKey(record: KeyRecord): void
  /** With the tokens that it lent. */
  removeKey(publicId: string): void
  putToken(record: TokenRecord): void
  removeToken(publicId: string): void
  tokens(): Iterable<TokenRecord>
  putPool(record: PoolRecord): void
  removePool(id: string): void
  putUpstream(record: UpstreamRecord): void
  removeUpstream(id: string): void
  /** Called after an upstream was put or removed, with its id: connections follow. */
  onUpstreamChange(listener: (id: string) => void): void
}

export function createDirectory(): WritableDirectory {
  const keys = new Map<string, KeyRecord>()
  const tokens = new Map<string, TokenRecord>()
  /** Public ids of tokens by that of their key; only of keys that have some. */
  const tokensOf = new Map<string, Set<string>>()
  const pools = new Map<string, PoolRecord>()
  const upstreams = new Map<string, UpstreamRecord>()
  const listeners: ((id: string) => void)[] = []
  let settings = defaultSettings

  function tell(id: string): void {
    for (const listener of listeners) listener(id)
  }

  function removeToken(publicId: string): void {
    const token = tokens.get(publicId)
    if (token === undefined) return
    tokens.delete(publicId)
    const siblings = tokensOf.get(token.keyPublicId)
    siblings?.delete(publicId)
    if (siblings?.size === 0) tokensOf.delete(token.keyPublicId)
  }

  return {
    get settings() {
      return settings
    },
    keyByPublicId: (publicId) => keys.get(publicId),
    keys: () => keys.values(),
    tokenByPublicId: (publicId) => tokens.get(publicId),
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
      for (const token of tokensOf.get(publicId) ?? []) tokens.delete(token)
      tokensOf.delete(publicId)
    },
    putToken(record) {
      const { publicId, keyPublicId } = record
      tokens.set(publicId, record)
      const siblings = tokensOf.get(keyPublicId)
      if (siblings === undefined) tokensOf.set(keyPublicId, new Set([publicId]))
      else siblings.add(publicId)
    },
    removeToken,
    tokens: () => tokens.values(),
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
