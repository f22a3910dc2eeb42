/**
 * A real gateway for tests: real sockets, a real SQLite file, real undici, without the services around it. Records are
 * put straight into the directory.
 */
import { closeInterrupted, lastRequestId, replayJournal } from '../../src/main/db/recovery.ts'
import { createDirectory } from '../../src/main/gateway/directory.ts'
import { createGatewayCore } from '../../src/main/gateway/core.ts'
import { createLedger } from '../../src/main/gateway/limits/ledger.ts'
import { createPriceBook } from '../../src/main/prices/price-book.ts'
import { createTokenCounter, type TokenCounter } from '../../src/main/tokens/tokens.ts'
import type { Price } from '../../src/shared/models/price.ts'
import { createJournal } from '../../src/main/db/journal.ts'
import { createPoolKey, createToken, poolKeyPrefix, publicIdOf, tokenPrefix } from '../../src/main/gateway/pool-key.ts'
import { openDatabase } from '../../src/main/db/open.ts'
import { storeNote } from '../../src/main/db/setting-store.ts'
import { usualRouting } from '../../src/shared/models/pool.ts'
import { defaultSettings, type Settings } from '../../src/shared/settings.ts'
import { makeTempDir } from './temp-dir.ts'
import type {
  KeyRecord,
  Log,
  PoolRecord,
  SettledRow,
  TokenRecord,
  UpstreamRecord,
} from '../../src/main/gateway/ports.ts'

export interface RequestRow {
  readonly id: number
  readonly state: string
  readonly status: number | null
  readonly error_code: string | null
  readonly upstream_id: string | null
  readonly model: string | null
  readonly sent_model: string | null
  readonly input_tokens: number
  readonly cached_tokens: number
  readonly output_tokens: number
  readonly reasoning_tokens: number
  readonly usage_source: string
  readonly attempts: number
  readonly client: string
  readonly exclusions: string | null
  readonly token_id: string | null
}

export interface AttemptRow {
  readonly request_id: number
  readonly number: number
  readonly upstream_id: string
  readonly status: number | null
  readonly error_code: string | null
  readonly cause: string | null
}

export interface RigOptions {
  readonly settings?: Partial<Settings>
  readonly host?: string
  readonly prices?: readonly Price[]
  /** Epoch ms; the machine's own where it is left out. */
  readonly clock?: () => number
}

export function upstreamRecord(id: string, baseUrl: string, changes: Partial<UpstreamRecord> = {}): UpstreamRecord {
  return {
    id,
    name: id,
    kind: 'openai-compatible',
    status: 'active',
    statusReason: null,
    baseUrl,
    proxyUrl: null,
    models: new Set<string>(),
    maxConcurrent: null,
    secret: { apiKey: `secret-of-${id}` },
    ...changes,
  }
}

export async function startGateway(options: RigOptions = {}) {
  const { clock = Date.now } = options
  const lines: string[] = []
  const write: Log['info'] = (message, facts) => lines.push(`${message} ${JSON.stringify(facts ?? {})}`)
  const log: Log = { info: write, warn: write, error: write }
  const dataDir = makeTempDir('gateway')
  const { db, close } = openDatabase({ dataDir })
  storeNote(db, 'usage.zone', 'UTC')
  replayJournal(db, dataDir)
  closeInterrupted(db)
  const directory = createDirectory()
  directory.putSettings({ ...defaultSettings, ...options.settings })
  const journal = createJournal({ db, dataDir, log, now: clock })
  const authFailures: string[] = []
  const settled: SettledRow[] = []
  const ledger = createLedger({ zone: () => 'UTC' })
  const prices = createPriceBook({ list: options.prices ?? [], now: clock })
  const counter = createTokenCounter({ log })
  /** Bytes of each body that was given to the tokenizer's thread, which the first of them starts. */
  const counted: number[] = []
  const tokens: TokenCounter = {
    ...counter,
    count(dialect, body, model) {
      counted.push(body.length)
      return counter.count(dialect, body, model)
    },
  }
  const core = createGatewayCore({
    directory,
    ledger,
    prices,
    tokens,
    journal,
    log,
    clock,
    lastRequestId: lastRequestId(db),
    usageOf: ({ key }) => Promise.resolve({ object: 'usage', key: key.prefix }),
    // There is no service around this gateway: what it makes opens nothing.
    mintToken: (_keyId, { ttlSeconds }) => {
      const { publicId, secret } = createToken()
      const at = clock()
      const moments = { createdAt: at, expiresAt: at + ttlSeconds * 1_000 }
      return { id: `tok_${publicId}`, secret, prefix: tokenPrefix(publicId), ...moments }
    },
    events: {
      settled: (_admitted, row) => settled.push(row),
      limitRefused: () => undefined,
      authFailed: (upstreamId) => authFailures.push(upstreamId),
    },
  })
  const { port } = await core.gateway.listen(options.host ?? '127.0.0.1', 0)
  let isClosed = false

  return {
    dataDir,
    directory,
    ledger,
    journal,
    db,
    core,
    log: lines,
    authFailures,
    settled,
    counted,
    port,
    url: `http://127.0.0.1:${port}`,
    /** Puts upstreams, one Pool over all of them in this priority, and a key; returns the key as text. */
    pool(upstreams: readonly UpstreamRecord[], key: Partial<KeyRecord> = {}, pool: Partial<PoolRecord> = {}): string {
      for (const record of upstreams) directory.putUpstream(record)
      const assignments = upstreams.map((record, index) => ({
        upstreamId: record.id,
        priority: index + 1,
        weight: 1,
        enabled: true,
      }))
      directory.putPool({
        id: 'pool',
        name: 'Test',
        status: 'active',
        strategy: 'priority',
        assignments,
        routing: usualRouting,
        models: null,
        ...pool,
      })
      return this.key(key)
    },
    key(changes: Partial<KeyRecord> = {}): string {
      const made = createPoolKey()
      directory.putKey({
        id: `key_${made.publicId}`,
        publicId: made.publicId,
        prefix: poolKeyPrefix(made.publicId),
        poolId: 'pool',
        secretHash: made.hash,
        previousHash: null,
        previousUntil: null,
        status: 'active',
        expiresAt: null,
        modelPolicy: { mode: 'all' },
        selectedModels: null,
        enforced: { model: null, effort: null, serviceTier: null },
        allowedUpstreams: null,
        isIpAllowed: null,
        limits: null,
        unpriced: 'refuse',
        canMakeTokens: false,
        ...changes,
      })
      return made.secret
    },
    /** A token of the key, for an hour unless said otherwise; returns it as text. */
    token(ofKey: string, changes: Partial<TokenRecord> = {}): string {
      const key = directory.keyByPublicId(publicIdOf(ofKey))
      if (key === undefined) throw new Error('the key of the token is not there')
      const made = createToken()
      directory.putToken({
        id: `tok_${made.publicId}`,
        publicId: made.publicId,
        prefix: tokenPrefix(made.publicId),
        keyId: key.id,
        keyPublicId: key.publicId,
        secretHash: made.hash,
        expiresAt: clock() + 3_600_000,
        revokedAt: null,
        modelPolicy: { mode: 'all' },
        selectedModels: null,
        isIpAllowed: null,
        limits: null,
        ...changes,
      })
      return made.secret
    },
    rows(): RequestRow[] {
      if (journal.failure === null) journal.flush()
      return db.$client.prepare<[], RequestRow>('select * from request order by id').all()
    },
    attempts(): AttemptRow[] {
      if (journal.failure === null) journal.flush()
      return db.$client.prepare<[], AttemptRow>('select * from attempt order by request_id, number').all()
    },
    async close(drainMs = 0): Promise<{ cut: number }> {
      if (isClosed) return { cut: 0 }
      isClosed = true
      const result = await core.gateway.close(drainMs)
      await core.close()
      await tokens.close()
      journal.close()
      close()
      return result
    },
  }
}

export type GatewayRig = Awaited<ReturnType<typeof startGateway>>
