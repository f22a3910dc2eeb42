/**
 * `--demo`: a Pool on the built-in simulator and a key for it, made once. A key's secret is shown only when it is made, so
 * a later start rotates the key to have one to print; the earlier one stops working.
 */
import type { PoolKey } from '../../../shared/models/key.ts'
import type { Call } from './call.ts'

const UPSTREAM = 'Demo simulator'
const POOL = 'Demo'
const KEY = 'Demo key'

export interface Demo {
  readonly apiKey: string
  /** An earlier demo key stopped working. */
  readonly rotated: boolean
}

export async function ensureDemo(call: Call): Promise<Demo> {
  const upstreamId = await ensureUpstream(call)
  const poolId = await ensurePool(call, upstreamId)
  const keys = (await call('key.list', { poolId })).filter((key) => isDemoKey(key.name))
  const usable = keys.find((key) => key.status === 'active' || key.status === 'paused')
  if (usable === undefined) {
    const { secret } = await call('key.create', { poolId, name: freeName(keys), notes: 'Made by --demo.' })
    return { apiKey: secret, rotated: false }
  }
  const { secret } = await call('key.rotate', { id: usable.id })
  if (usable.status === 'paused') await call('key.resume', { id: usable.id })
  return { apiKey: secret, rotated: true }
}

async function ensureUpstream(call: Call): Promise<string> {
  const found = (await call('upstream.list', {})).find((row) => row.name === UPSTREAM)
  if (found === undefined) {
    const made = await call('upstream.create', { kind: 'simulator', name: UPSTREAM, notes: 'Made by --demo.' })
    return made.id
  }
  if (found.status === 'paused') await call('upstream.resume', { id: found.id })
  return found.id
}

async function ensurePool(call: Call, upstreamId: string): Promise<string> {
  const found = (await call('pool.list', {})).find((row) => row.name === POOL)
  if (found === undefined) {
    const made = await call('pool.create', { name: POOL, notes: 'Made by --demo.', assignments: [{ upstreamId }] })
    return made.id
  }
  const isServed = found.assignments.some((row) => row.upstreamId === upstreamId && row.enabled)
  if (found.status === 'active' && isServed) return found.id
  const others = found.assignments.filter((row) => row.upstreamId !== upstreamId)
  const assignments = [...others, { upstreamId, priority: 1, weight: 1, enabled: true }]
  await call('pool.update', { id: found.id, patch: { status: 'active', assignments } })
  return found.id
}

function isDemoKey(name: string): boolean {
  return name === KEY || /^Demo key \d+$/.test(name)
}

/** A revoked key keeps its name for ever. */
function freeName(keys: readonly PoolKey[]): string {
  const taken = new Set(keys.map((key) => key.name))
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? KEY : `${KEY} ${number}`
    if (!taken.has(name)) return name
  }
}
