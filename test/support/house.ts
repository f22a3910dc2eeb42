/**
 * A house that has been in use: Pools, upstreams and keys as an operator would have them, and a log of the last weeks with
 * days and nights, prices, failures and refusals. The records are made by the core, the past is written to its file
 * before the next start. The same seed gives the same past.
 */
import { openDatabase } from '../../src/main/db/open.ts'
import type { Call } from '../../src/main/host/headless/call.ts'
import { firstIdAt } from '../../src/shared/request-id.ts'
import { startApp } from './app-rig.ts'
import { createPast, type PastKey, type PastRequest } from './past-requests.ts'

const DAY_MS = 86_400_000

export interface House {
  /** Ids by name. */
  readonly upstreams: Readonly<Record<string, string>>
  readonly pools: Readonly<Record<string, string>>
  readonly keys: Readonly<Record<string, string>>
  /** By the key's name. */
  readonly secrets: Readonly<Record<string, string>>
  /** What each key used in the past, the most used first. */
  readonly users: readonly PastKey[]
}

const upstreams = [
  { name: 'OpenAI team account', models: ['gpt-5.1', 'gpt-5.1-codex', 'gpt-5.1-mini', 'text-embedding-3-large'] },
  { name: 'OpenAI second account', models: ['gpt-5.1', 'gpt-5.1-codex', 'gpt-5.1-mini'] },
  { name: 'OpenRouter', models: ['claude-sonnet-4.6', 'glm-4.7', 'qwen3-coder-480b'] },
  { name: 'Workstation (llama.cpp)', models: ['qwen3-30b', 'gpt-oss-20b'] },
] as const

const pools = [
  { name: 'Team', upstreams: ['OpenAI team account', 'OpenAI second account', 'OpenRouter'] },
  { name: 'Continuous integration', upstreams: ['OpenAI second account', 'OpenAI team account'] },
  { name: 'Home lab', upstreams: ['Workstation (llama.cpp)', 'OpenRouter'] },
  { name: 'Evaluation', upstreams: ['OpenRouter'] },
  { name: 'Hackathon 2025', upstreams: ['OpenAI second account'] },
] as const

const keys = [
  { pool: 'Team', name: 'Ada laptop', owner: 'Ada Lovelace', weight: 9, client: 'codex' },
  { pool: 'Team', name: 'Grace desktop', owner: 'Grace Hopper', weight: 7, client: 'codex' },
  { pool: 'Team', name: 'Edsger laptop', owner: 'Edsger Dijkstra', weight: 4, client: 'opencode' },
  { pool: 'Team', name: 'Barbara notebook', owner: 'Barbara Liskov', weight: 3, client: 'ai-sdk' },
  { pool: 'Team', name: 'Support assistant', owner: null, weight: 5, client: 'openai-sdk' },
  { pool: 'Team', name: 'Contractor, spring', owner: 'Guest', weight: 0, client: 'other' },
  { pool: 'Continuous integration', name: 'Code review bot', owner: 'Grace Hopper', weight: 6, client: 'openai-sdk' },
  { pool: 'Continuous integration', name: 'Nightly evaluation', owner: null, weight: 2, client: 'curl' },
  { pool: 'Home lab', name: 'Kitchen tablet', owner: 'Ada Lovelace', weight: 1, client: 'other' },
  { pool: 'Home lab', name: 'Home assistant', owner: null, weight: 3, client: 'openai-sdk' },
  { pool: 'Evaluation', name: 'Benchmark runner', owner: 'Edsger Dijkstra', weight: 1, client: 'curl' },
] as const

export interface HouseOptions {
  readonly now: number
  readonly days?: number
  readonly requests?: number
  readonly offsetHours?: number
  readonly priced?: boolean
  /** Whose days limits count: the next start counts the past by it. Left out, the past counts towards no limit. */
  readonly zone?: string
}

/** A zone in which it is the middle of the afternoon: so that today has figures, whenever a test runs. */
export function afternoon(now: number): { readonly zone: string; readonly offsetHours: number } {
  const ahead = 15 - new Date(now).getUTCHours()
  // No zone is further ahead than 14 hours.
  const offsetHours = ahead < -11 ? ahead + 24 : ahead > 14 ? ahead - 24 : ahead
  // Names of this kind count from Greenwich, not from here: the sign is the other way round. A browser knows the one
  // without an offset as UTC only.
  const zone = offsetHours === 0 ? 'UTC' : `Etc/GMT${offsetHours > 0 ? '-' : '+'}${Math.abs(offsetHours)}`
  return { zone, offsetHours }
}

export async function furnish(dataDir: string, options: HouseOptions): Promise<House> {
  const rig = await startApp({ dataDir, listen: false })
  try {
    const house = await makeRecords(rig.call)
    if (options.zone !== undefined) await rig.call('settings.update', { patch: { 'limits.zone': options.zone } })
    await rig.close()
    const { now, days = 30, requests = 4_000, offsetHours = 0, priced = true } = options
    writePast(
      dataDir,
      createPast(house.users, { count: requests, from: now - days * DAY_MS, to: now - 90_000, offsetHours, priced }),
    )
    return house
  } finally {
    await rig.close()
  }
}

async function makeRecords(call: Call): Promise<House> {
  const house = {
    upstreams: {} as Record<string, string>,
    pools: {} as Record<string, string>,
    keys: {} as Record<string, string>,
    secrets: {} as Record<string, string>,
  }
  for (const { name, models } of upstreams) {
    const simulator = { models: [...models], latencyMs: 40, rateLimitHeaders: name.startsWith('OpenAI') }
    house.upstreams[name] = (await call('upstream.create', { kind: 'simulator', name, simulator })).id
  }
  for (const { name, upstreams: names } of pools) {
    const assignments = names.map((each, place) => ({ upstreamId: house.upstreams[each] ?? '', priority: place + 1 }))
    house.pools[name] = (await call('pool.create', { name, assignments })).id
  }
  for (const { pool, name, owner } of keys) {
    const { key, secret } = await call('key.create', { poolId: house.pools[pool] ?? '', name, owner })
    house.keys[name] = key.id
    house.secrets[name] = secret
  }
  await call('key.update', {
    id: house.keys['Code review bot'] ?? '',
    patch: {
      modelPolicy: { mode: 'selected', models: ['gpt-5.1-codex', 'gpt-5.1-mini'] },
      ipAllowlist: ['127.0.0.1', '10.20.0.0/16'],
    },
  })
  await call('key.update', {
    id: house.keys['Nightly evaluation'] ?? '',
    patch: { expiresAt: Date.now() + 5 * DAY_MS },
  })
  await call('key.revoke', { id: house.keys['Contractor, spring'] ?? '' })
  await call('key.pause', { id: house.keys['Kitchen tablet'] ?? '' })
  await call('pool.update', { id: house.pools['Evaluation'] ?? '', patch: { status: 'disabled' } })
  await call('pool.update', { id: house.pools['Hackathon 2025'] ?? '', patch: { status: 'archived' } })
  await call('upstream.pause', { id: house.upstreams['OpenRouter'] ?? '' })
  const users = keys.map(({ pool, name, weight, client }) => ({
    keyId: house.keys[name] ?? '',
    poolId: house.pools[pool] ?? '',
    weight,
    client,
    upstreams: upstreamsOf(pool).map((each) => ({ ...each, id: house.upstreams[each.name] ?? '' })),
  }))
  return { ...house, users }
}

function upstreamsOf(poolName: string) {
  const names: readonly string[] = pools.find(({ name }) => name === poolName)?.upstreams ?? []
  return names.flatMap((name) => upstreams.filter((each) => each.name === name))
}

const INSERT = `insert into request (id, at, state, key_id, pool_id, upstream_id, route, model, stream, status, error_code,
    reserved_input, reserved_output, input_tokens, cached_tokens, output_tokens, reasoning_tokens, usage_source,
    cost_nanos, attempts, first_byte_ms, duration_ms, client, client_ip, effort)
  values (@id, @at, @state, @keyId, @poolId, @upstreamId, @route, @model, 1, @status, @errorCode, @input, 500, @input,
    @cached, @output, @reasoning, @usageSource, @costNanos, @attempts, @firstByteMs, @durationMs, @client, '127.0.0.1',
    @effort)`

const SUM = `insert into usage_bucket (minute, key_id, pool_id, upstream_id, model, requests, failed, refused,
    input_tokens, cached_tokens, output_tokens, reasoning_tokens, cost_nanos, duration_ms)
  values (@minute, @keyId, @poolId, @upstream, @model, 1, @failed, @refused, @input, @cached, @output, @reasoning, @cost,
    @durationMs)
  on conflict do update set requests = requests + 1, failed = failed + @failed, refused = refused + @refused,
    input_tokens = input_tokens + @input, cached_tokens = cached_tokens + @cached,
    output_tokens = output_tokens + @output, reasoning_tokens = reasoning_tokens + @reasoning,
    cost_nanos = cost_nanos + @cost, duration_ms = duration_ms + @durationMs`

const ATTEMPT = `insert into attempt (request_id, number, upstream_id, at, duration_ms, status, error_code, cause)
  values (@id, @number, @upstreamId, @at, @durationMs, @status, @errorCode, @cause)`

function writePast(dataDir: string, past: readonly PastRequest[]): void {
  const { db, close } = openDatabase({ dataDir })
  try {
    const { $client } = db
    const [insert, sum, attempt] = [$client.prepare(INSERT), $client.prepare(SUM), $client.prepare(ATTEMPT)]
    const use = $client.prepare('update api_key set last_used_at = ? where id = ?')
    $client.transaction(() => {
      let last = 0
      for (const row of past) {
        const id = Math.max(last + 1, firstIdAt(row.at))
        last = id
        const { tries, ...columns } = row
        insert.run({ ...columns, id, attempts: tries.length })
        sum.run({
          ...columns,
          minute: Math.floor(row.at / 60_000),
          upstream: row.upstreamId ?? '',
          failed: row.state === 'failed' ? 1 : 0,
          refused: row.state === 'refused' ? 1 : 0,
          cost: row.costNanos ?? 0,
        })
        use.run(row.at, row.keyId)
        if (tries.length === 1 && row.state === 'completed') continue
        for (const [index, each] of tries.entries()) attempt.run({ ...each, id, number: index + 1 })
      }
    })()
  } finally {
    close()
  }
}
