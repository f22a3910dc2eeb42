/** Keys and Pools that the tests need beside the demo's. */
import type { RouteInput } from '../../../src/shared/contract.ts'
import type { Weir } from './weir.ts'

type KeyLimits = NonNullable<RouteInput<'key.create'>['limits']>

async function demoPoolId(weir: Weir): Promise<string> {
  const [pool] = await weir.rpc('pool.list', {})
  if (!pool) throw new Error('The demo made no Pool.')
  return pool.id
}

/** A key that worked until it was revoked, and its id. */
export async function revokedKey(weir: Weir, name: string): Promise<{ id: string; secret: string }> {
  const { key, secret } = await weir.rpc('key.create', { poolId: await demoPoolId(weir), name })
  await weir.rpc('key.revoke', { id: key.id })
  return { id: key.id, secret }
}

/** A token whose time is over: it ended with its key, since the shortest that can be asked for is a minute. */
export async function expiredToken(weir: Weir, name: string): Promise<string> {
  const { key } = await weir.rpc('key.create', { poolId: await demoPoolId(weir), name })
  const expiresAt = Date.now() + 500
  await weir.rpc('key.update', { id: key.id, patch: { expiresAt } })
  const { secret } = await weir.rpc('token.create', { keyId: key.id, name })
  while (Date.now() < expiresAt) await new Promise((resolve) => setTimeout(resolve, 50))
  return secret
}

/** The demo's key with one character of it changed, as by a slip of the hand. */
export function mistyped(apiKey: string): string {
  const at = apiKey.length - 20
  return `${apiKey.slice(0, at)}${apiKey[at] === 'a' ? 'b' : 'a'}${apiKey.slice(at + 1)}`
}

/** A key of a new Pool whose only upstream is the one given. */
export async function keyOfUpstream(weir: Weir, upstream: RouteInput<'upstream.create'>): Promise<string> {
  const { id } = await weir.rpc('upstream.create', upstream)
  const pool = await weir.rpc('pool.create', { name: upstream.name, assignments: [{ upstreamId: id }] })
  const { secret } = await weir.rpc('key.create', { poolId: pool.id, name: upstream.name })
  return secret
}

/** A key of the demo's Pool with these limits. */
export async function limitedKey(weir: Weir, name: string, limits: KeyLimits): Promise<string> {
  const { secret } = await weir.rpc('key.create', { poolId: await demoPoolId(weir), name, limits })
  return secret
}
