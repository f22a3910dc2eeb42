/** All SQL of ephemeral tokens. A token's secret is never here, only its SHA-256. What it used is in the log's sums. */
import { and, asc, count, desc, eq, gt, isNull, lte, min, or, sql, type SQL } from 'drizzle-orm'
import type { EphemeralToken } from '../../shared/models/ephemeral-token.ts'
import { noLimits, setCaps, type Limits } from '../../shared/models/limit.ts'
import type { Db, Tx } from './database.ts'
import { apiKey } from './schema/api-key.ts'
import { ephemeralToken } from './schema/ephemeral-token.ts'
import { usageDay } from './schema/usage-day.ts'

/** A token with all that is stored of it. */
export interface StoredToken extends Omit<EphemeralToken, 'status' | 'prefix' | 'used'> {
  readonly publicId: string
  /** SHA-256 of the whole token as written. */
  readonly secretHash: Buffer
}

export type TokenUse = EphemeralToken['used']

type TokenRow = typeof ephemeralToken.$inferSelect

const UNUSED: TokenUse = { requests: 0, tokens: 0, costNanos: 0 }

/** Ended ones that a list names: a key may lend thousands in 30 days. */
const LISTED_ENDED = 1_000

function toToken(row: TokenRow): StoredToken {
  return {
    ...row,
    modelPolicy: row.modelPolicy ?? { mode: 'all' },
    limits: { ...noLimits, ...row.limits },
    ipAllowlist: row.ipAllowlist ?? [],
  }
}

function toRow(token: StoredToken): typeof ephemeralToken.$inferInsert {
  const limits = setCaps(token.limits) as Limits
  return {
    ...token,
    modelPolicy: token.modelPolicy.mode === 'all' ? null : token.modelPolicy,
    limits: Object.keys(limits).length === 0 ? null : limits,
    ipAllowlist: token.ipAllowlist.length === 0 ? null : token.ipAllowlist,
  }
}

export function insertToken(db: Db | Tx, token: StoredToken): void {
  db.insert(ephemeralToken).values(toRow(token)).run()
}

export function findToken(db: Db | Tx, id: string): StoredToken | undefined {
  const row = db.select().from(ephemeralToken).where(eq(ephemeralToken.id, id)).get()
  return row && toToken(row)
}

export function findTokenByPublicId(db: Db | Tx, publicId: string): StoredToken | undefined {
  const row = db.select().from(ephemeralToken).where(eq(ephemeralToken.publicId, publicId)).get()
  return row && toToken(row)
}

/** Nothing else of a token ever changes but when it was last used, which the journal keeps. */
export function revokeToken(db: Db | Tx, id: string, at: number): void {
  db.update(ephemeralToken).set({ revokedAt: at }).where(eq(ephemeralToken.id, id)).run()
}

/** Neither past its end nor revoked. Its key may have ended all the same. */
function isLive(now: number): SQL | undefined {
  return and(isNull(ephemeralToken.revokedAt), gt(ephemeralToken.expiresAt, now))
}

/** How many, and the earliest of their moments; null where there are none. */
export interface TokenCount {
  readonly total: number
  readonly earliest: number | null
}

/** Those of a key that live, by when they end, and those it made by itself since a moment, by when it did. Epoch ms. */
export function countTokens(
  db: Db | Tx,
  keyId: string,
  { now, since }: { readonly now: number; readonly since: number },
): { readonly live: TokenCount; readonly recent: TokenCount } {
  const { createdAt, expiresAt, madeBy } = ephemeralToken
  const ofKey = (condition: SQL | undefined, moment: typeof createdAt | typeof expiresAt) =>
    db
      .select({ total: count(), earliest: min(moment) })
      .from(ephemeralToken)
      .where(and(eq(ephemeralToken.keyId, keyId), condition))
      .get() ?? { total: 0, earliest: null }
  return { live: ofKey(isLive(now), expiresAt), recent: ofKey(and(gt(createdAt, since), eq(madeBy, 'key')), createdAt) }
}

/** Of one key with what each used: all that live and the newest of the others, newest first. */
export function listTokens(db: Db | Tx, keyId: string, now: number): { token: StoredToken; used: TokenUse }[] {
  const rows = (condition: SQL | undefined, limit: number) =>
    db
      .select()
      .from(ephemeralToken)
      .where(and(eq(ephemeralToken.keyId, keyId), condition))
      .orderBy(desc(ephemeralToken.createdAt), desc(ephemeralToken.id))
      .limit(limit)
      .all()
  const ended = or(sql`${ephemeralToken.revokedAt} is not null`, lte(ephemeralToken.expiresAt, now))
  const found = [...rows(isLive(now), -1), ...rows(ended, LISTED_ENDED)]
  const used = useOf(db, keyId)
  return found
    .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
    .map((row) => ({ token: toToken(row), used: used.get(row.id) ?? UNUSED }))
}

/** What a token used, settled. */
export function tokenUse(db: Db | Tx, keyId: string, id: string): TokenUse {
  return useOf(db, keyId, id).get(id) ?? UNUSED
}

function useOf(db: Db | Tx, keyId: string, id?: string): Map<string, TokenUse> {
  const { rule, requests, tokens, costNanos } = usageDay
  const rows = db
    .select({ rule, requests, tokens, costNanos })
    .from(usageDay)
    .where(and(eq(usageDay.keyId, keyId), eq(usageDay.day, ''), id === undefined ? undefined : eq(rule, id)))
    .all()
  return new Map(rows.map(({ rule: token, ...used }) => [token, used]))
}

/** A slice in the order of ids, of those that have not ended before `since`, epoch ms, with the public id of their key. */
export function listTokensAfter(
  db: Db | Tx,
  afterId: string,
  { since, limit }: { readonly since: number; readonly limit: number },
): { readonly token: StoredToken; readonly keyPublicId: string }[] {
  return db
    .select({ row: ephemeralToken, keyPublicId: apiKey.publicId })
    .from(ephemeralToken)
    .innerJoin(apiKey, eq(apiKey.id, ephemeralToken.keyId))
    .where(and(gt(ephemeralToken.id, afterId), notEndedBefore(since)))
    .orderBy(asc(ephemeralToken.id))
    .limit(limit)
    .all()
    .map(({ row, keyPublicId }) => ({ token: toToken(row), keyPublicId }))
}

function notEndedBefore(since: number): SQL | undefined {
  return and(
    gt(ephemeralToken.expiresAt, since),
    or(isNull(ephemeralToken.revokedAt), gt(ephemeralToken.revokedAt, since)),
  )
}

/** Ids of a key's tokens. */
export function tokenIdsOf(db: Db | Tx, keyId: string): string[] {
  return db
    .select({ id: ephemeralToken.id })
    .from(ephemeralToken)
    .where(eq(ephemeralToken.keyId, keyId))
    .all()
    .map(({ id }) => id)
}

/** Rows that one step of a sweep may delete. */
const SWEPT_PER_STEP = 250

/**
 * Deletes some tokens whose time was over before `until`, epoch ms, with what they counted. Returns how many; 0 when
 * none is left. One that was revoked earlier goes when its time would have been over: that is at most 7 days more.
 */
export function deleteSomeEnded(db: Db, until: number): number {
  return db.transaction((tx) => {
    const rows = tx
      .select({ id: ephemeralToken.id, keyId: ephemeralToken.keyId })
      .from(ephemeralToken)
      .where(lte(ephemeralToken.expiresAt, until))
      .orderBy(asc(ephemeralToken.expiresAt))
      .limit(SWEPT_PER_STEP)
      .all()
    for (const { id, keyId } of rows) {
      tx.delete(usageDay)
        .where(and(eq(usageDay.keyId, keyId), eq(usageDay.rule, id)))
        .run()
      tx.delete(ephemeralToken).where(eq(ephemeralToken.id, id)).run()
    }
    return rows.length
  })
}
