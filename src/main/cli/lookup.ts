/** Records by what people call them. Ids win over names; names are compared without case. */
import { AppError } from '../../shared/errors.ts'
import type { PoolKey } from '../../shared/models/key.ts'
import type { Pool } from '../../shared/models/pool.ts'
import type { Upstream } from '../../shared/models/upstream.ts'
import type { Call } from '../host/headless/call.ts'

export async function findPool(call: Call, text: string): Promise<Pool> {
  return pick('Pool', text, await call('pool.list', {}))
}

export async function findUpstream(call: Call, text: string): Promise<Upstream> {
  return pick('upstream', text, await call('upstream.list', {}))
}

/** Also by prefix. Key names are unique inside a Pool only, so a Pool may be needed. */
export async function findKey(call: Call, text: string, poolText: string | undefined): Promise<PoolKey> {
  const scope = poolText === undefined ? {} : { poolId: (await findPool(call, poolText)).id }
  const keys = await call('key.list', scope)
  return keys.find((key) => key.prefix === text) ?? pick('key', text, keys)
}

export function pick<T extends { id: string; name: string }>(kind: string, text: string, rows: readonly T[]): T {
  const byId = rows.find((row) => row.id === text)
  if (byId !== undefined) return byId
  const wanted = text.trim().toLowerCase()
  const named = rows.filter((row) => row.name.toLowerCase() === wanted)
  if (named.length > 1) {
    const ids = named.map((row) => row.id).join(', ')
    throw new AppError('invalid_input', `Several records of kind ${kind} are called "${text}". Use an id: ${ids}.`)
  }
  if (named[0] !== undefined) return named[0]
  throw new AppError(
    'not_found',
    `There is no ${kind} "${text}". \`weir ${kind.toLowerCase()} list\` shows what there is.`,
  )
}
