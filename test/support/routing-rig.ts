/** A gateway before several scripted upstreams, with a clock that can be put forward, for tests of routing. */
import { usualRouting, type PoolRouting } from '../../src/shared/models/pool.ts'
import type { PlanNote } from '../../src/shared/models/request.ts'
import { defaultSettings, type Settings } from '../../src/shared/settings.ts'
import type { PoolRecord, UpstreamRecord } from '../../src/main/gateway/ports.ts'
import { startGateway, upstreamRecord, type RequestRow, type RigOptions } from './gateway-rig.ts'
import { exchange, type RawAnswer, type RawRequest } from './raw-client.ts'
import { answerBytes, startRawUpstream, type RawUpstream, type Script } from './raw-upstream.ts'
import { chatJson, goodAnswer, requestFor, type Form } from './upstream-answers.ts'

export const healthy =
  (form: Form = chatJson): Script =>
  ({ socket }) =>
    void socket.write(goodAnswer(form))

export const failing =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = '{"error":{"code":"x"}}'): Script =>
  ({ socket }) =>
    void socket.write(answerBytes(status, body, { 'content-type': 'application/json', ...headers }))

export interface Asked {
  readonly answer: RawAnswer
  readonly row: RequestRow & {
    readonly plan: string | null
    readonly duration_ms: number
    readonly first_byte_ms: number
  }
  /** Ids of the upstreams that were asked, in order. */
  readonly path: string
  readonly plan: PlanNote | null
}

export async function startRoutingRig(ids: readonly string[], options: RigOptions = {}) {
  const time = { ahead: 0 }
  const rig = await startGateway({ clock: () => Date.now() + time.ahead, ...options })
  const scripts = new Map<string, Script>()
  const upstreams = new Map<string, RawUpstream>()
  for (const id of ids) upstreams.set(id, await startRawUpstream((call) => (scripts.get(id) ?? healthy())(call)))

  function record(id: string, changes: Partial<UpstreamRecord> = {}): UpstreamRecord {
    return upstreamRecord(id, upstreams.get(id)?.url ?? '', changes)
  }

  return {
    ...rig,
    time,
    scripts,
    record,
    calls: (id: string) => upstreams.get(id)?.calls ?? [],
    settings: (settings: Partial<Settings>) => rig.directory.putSettings({ ...defaultSettings, ...settings }),
    /** Everything healthy again, and one Pool over these with equal priority; returns its key. */
    begin(
      pool: Partial<PoolRecord> = {},
      routing: Partial<PoolRouting> = {},
      of: readonly UpstreamRecord[] = ids.map((id) => record(id)),
    ): string {
      scripts.clear()
      for (const id of ids) rig.core.health.clear(id)
      const assignments = of.map(({ id }) => ({ upstreamId: id, priority: 1, weight: 1, enabled: true }))
      return rig.pool(of, {}, { assignments, routing: { ...usualRouting, ...routing }, ...pool })
    },
    async ask(
      key: string,
      form: Form = chatJson,
      change: (request: RawRequest) => RawRequest = (same) => same,
    ): Promise<Asked> {
      const answer = await exchange(rig.port, change(requestFor(form, key)))
      const id = answer.headers['x-weir-request-id'] ?? ''
      const row = rig.rows().at(-1) as Asked['row']
      const tries = rig.attempts().filter((attempt) => attempt.request_id === row.id)
      const path = tries.length > 0 ? tries.map((attempt) => attempt.upstream_id) : [row.upstream_id]
      if (id === '') throw new Error('the answer names no request')
      return { answer, row, path: path.join(' '), plan: row.plan === null ? null : (JSON.parse(row.plan) as PlanNote) }
    },
    async stop(): Promise<void> {
      await rig.close()
      for (const upstream of upstreams.values()) await upstream.close()
    },
  }
}

export type RoutingRig = Awaited<ReturnType<typeof startRoutingRig>>
