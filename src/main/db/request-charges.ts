/**
 * Which limits counted a request, and what of it. The log keeps the tokens, the cost and which row of the key applied; the
 * limits themselves are those that key and token have now, because the log does not keep what was once allowed.
 */
import { eq } from 'drizzle-orm'
import { limitFields, limitNames } from '../../shared/limit-names.ts'
import type { LimitField, Limits } from '../../shared/models/limit.ts'
import type { LimitCharge } from '../../shared/models/request.ts'
import type { Db } from './database.ts'
import { findToken } from './ephemeral-token-store.ts'
import type { RequestRow } from './request-query.ts'
import { apiKey } from './schema/api-key.ts'

/** They bound one request by itself, or hold a place while it runs: nothing is counted against them. */
const UNCOUNTED: ReadonlySet<LimitField> = new Set<LimitField>([
  'inputTokensPerRequest',
  'outputTokensPerRequest',
  'concurrentRequests',
])

/** Own limits of the key first, then those of the row that applied, then the token's. Null once the key is gone. */
export function chargesOf(db: Db, row: RequestRow): LimitCharge[] | null {
  const { limits, limitOverrides: rows } = apiKey
  const key = db.select({ limits, rows }).from(apiKey).where(eq(apiKey.id, row.keyId)).get()
  if (key === undefined) return null
  // What was sent to nobody counts nothing.
  if (row.state === 'refused') return []
  const override = key.rows?.find(({ id }) => id === row.limitRule)
  const token = row.tokenId === null ? undefined : findToken(db, row.tokenId)
  return [
    ...charged(row, key.limits, { of: 'key', model: null }),
    ...(override === undefined ? [] : charged(row, override.limits, { of: 'key', model: override.model })),
    ...(token === undefined ? [] : charged(row, token.limits, { of: 'token', model: null })),
  ]
}

function charged(
  row: RequestRow,
  limits: Partial<Limits> | null,
  whose: Pick<LimitCharge, 'of' | 'model'>,
): LimitCharge[] {
  return limitFields.flatMap((field) => {
    const limit = limits?.[field] ?? null
    return limit === null || UNCOUNTED.has(field) ? [] : [{ ...whose, field, amount: amountOf(row, field), limit }]
  })
}

/** While it runs, what is reserved for it. */
function amountOf(row: RequestRow, field: LimitField): number {
  const { unit } = limitNames[field]
  const isOpen = row.state === 'open'
  if (unit === 'requests') return 1
  if (unit === 'usd') return (isOpen ? row.reservedCostNanos : row.costNanos) ?? 0
  return isOpen ? row.reservedInput + row.reservedOutput : row.inputTokens + row.outputTokens
}
