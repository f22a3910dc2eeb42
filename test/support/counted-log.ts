/** A request log with keys that are counted: rows with little effort, and the figures that they should come to. */
import type { Db } from '../../src/main/db/database.ts'
import { createJournal } from '../../src/main/db/journal.ts'
import type { DaySum } from '../../src/main/db/usage-day-rows.ts'
import type { AdmittedRow, Log, SettledRow } from '../../src/main/gateway/ports.ts'
import { createRequestIds } from '../../src/shared/request-id.ts'
import { dayKey } from '../../src/shared/zone.ts'

const quiet = (): void => {}
const quietLog: Log = { info: quiet, warn: quiet, error: quiet }
const HOUR = 3_600_000
const DAY = 24 * HOUR
/** A Wednesday; the Monday of its week is in the month before. */
export const NOW = Date.UTC(2026, 3, 1, 12, 34, 56, 789)
const KEYS = ['key_a', 'key_b', 'key_c']

type Logged = readonly [AdmittedRow, SettledRow]

/** A Pool and its keys, without the services. */
export function insertKeys(db: Db): void {
  db.$client.exec(`insert into pool (id, name, status, strategy, notes, created_at, updated_at)
    values ('pool', 'Team', 'active', 'priority', '', 1, 1)`)
  const insert = db.$client.prepare(`insert into api_key (id, pool_id, public_id, secret_hash, name, status, notes,
    metadata, model_policy, enforced, ip_allowlist, created_at, updated_at)
    values (?, 'pool', ?, x'00', ?, 'active', '', '{}', '{"mode":"all"}', '{}', '[]', 1, 1)`)
  for (const id of KEYS) insert.run(id, id, id)
}

function settled(changes: Partial<SettledRow> = {}): SettledRow {
  const attempt = { number: 1, upstreamId: 'a', at: 1, durationMs: 1, firstByteMs: 1, status: 200 }
  return {
    state: 'completed',
    upstreamId: 'a',
    status: 200,
    errorCode: null,
    usage: { input: 10, cached: 4, output: 20, reasoning: 5 },
    usageSource: 'reported',
    costNanos: 700,
    firstByteMs: 1,
    durationMs: 2,
    tries: [{ ...attempt, errorCode: null, cause: null }],
    ...changes,
  }
}

const noUsage = { input: 0, cached: 0, output: 0, reasoning: 0 }
const nothing = { usage: noUsage, costNanos: null, upstreamId: null, tries: [] }
const refused = () => settled({ ...nothing, state: 'refused', status: 429, errorCode: 'limit' })

export type CountedLog = ReturnType<typeof createCountedLog>

export function createCountedLog(dataDir: string) {
  const ids = createRequestIds(0)

  function admitted(at: number, changes: Partial<AdmittedRow> = {}): AdmittedRow {
    return {
      id: ids(at),
      at,
      keyId: 'key_a',
      poolId: 'pool',
      route: '/v1/responses',
      model: 'm',
      sentModel: null,
      effort: null,
      serviceTier: null,
      stream: false,
      reservedInput: 100,
      reservedOutput: 1_000,
      reservedCostNanos: 5_000,
      limitRule: null,
      client: 'curl',
      clientIp: '::1',
      exclusions: [],
      ...changes,
    }
  }

  function log(db: Db, requests: readonly Logged[]): void {
    const journal = createJournal({ db, dataDir, log: quietLog, now: () => NOW })
    for (const [row, end] of requests) journal.settle(journal.admit(row), end)
    journal.close()
  }

  /** Some weeks of requests, many of them near a midnight of one of the zones, in the order of their time. */
  function weeks(count: number, days: number): Logged[] {
    let state = 7
    const random = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
      return state % below
    }
    const times = Array.from({ length: count }, () => {
      const midnight = Date.UTC(2026, 3, 1) - random(days) * DAY - [0, 1, 2, 11, 13][random(5)]! * HOUR
      return Math.min(NOW, midnight + random(3) * 1_000 - 1_000 + random(2) * random(DAY))
    })
    return times
      .sort((a, b) => a - b)
      .map((at) => {
        const keyId = KEYS[random(KEYS.length)] ?? ''
        const limitRule = [null, 'lim_1', 'lim_2'][random(3)] ?? null
        const usage = { input: random(900), cached: 0, output: random(300), reasoning: 0 }
        const end =
          random(10) === 0 ? refused() : settled({ usage, costNanos: random(4) === 0 ? null : random(10_000) })
        return [admitted(at, { keyId, limitRule }), end] as const
      })
  }

  return { admitted, settled, refused, log, weeks }
}

const SUMS = 'key_id as keyId, rule, day, requests, tokens, cost_nanos as costNanos'

/** Every counter in the database. */
export function counters(db: Db): DaySum[] {
  return db.$client.prepare<[], DaySum>(`select ${SUMS} from usage_day order by 1, 2, 3`).all()
}

/** What the counters should be, request by request. */
export function summed(db: Db, zone: string): DaySum[] {
  const rows = db.$client
    .prepare<[], { keyId: string; rule: string | null; at: number; tokens: number; cost: number }>(
      `select key_id as keyId, limit_rule as rule, at, input_tokens + output_tokens as tokens,
      coalesce(cost_nanos, 0) as cost from request where state not in ('open', 'refused')`,
    )
    .all()
  const sums = new Map<string, DaySum>()
  for (const { keyId, rule, at, tokens, cost } of rows) {
    for (const of of rule === null ? [''] : ['', rule]) {
      for (const day of ['', dayKey(zone, at)]) {
        const place = `${keyId}|${of}|${day}`
        const sum = sums.get(place) ?? { keyId, rule: of, day, requests: 0, tokens: 0, costNanos: 0 }
        sums.set(place, sum)
        sum.requests += 1
        sum.tokens += tokens
        sum.costNanos += cost
      }
    }
  }
  const place = ({ keyId, rule, day }: DaySum) => `${keyId} ${rule} ${day}`
  return [...sums.values()].sort((a, b) => (place(a) < place(b) ? -1 : 1))
}
