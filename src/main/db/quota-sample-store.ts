/** All SQL of quota samples: how the windows of accounts filled, for forecasts and their course. */
import { and, asc, eq, gte, sql } from 'drizzle-orm'
import type { Db } from './database.ts'
import { quotaSample } from './schema/quota-sample.ts'

export type QuotaSample = Omit<typeof quotaSample.$inferSelect, 'id'>

export function insertSamples(db: Db, samples: readonly QuotaSample[]): void {
  if (samples.length > 0)
    db.insert(quotaSample)
      .values([...samples])
      .run()
}

/** Of each window of each account the newest. */
export function newestSamples(db: Db): QuotaSample[] {
  const newest = sql`(select max(id) from quota_sample group by upstream_id, meter, minutes)`
  return db
    .select()
    .from(quotaSample)
    .where(sql`id in ${newest}`)
    .all()
    .map(plain)
}

/** Of one account from then on, oldest first. */
export function samplesSince(db: Db, upstreamId: string, from: number): QuotaSample[] {
  return db
    .select()
    .from(quotaSample)
    .where(and(eq(quotaSample.upstreamId, upstreamId), gte(quotaSample.at, from)))
    .orderBy(asc(quotaSample.at), asc(quotaSample.id))
    .all()
    .map(plain)
}

export interface SampleBounds {
  /** Epoch ms: older ones go. */
  readonly before: number
  /** Of one window. */
  readonly most: number
  /** In one call. */
  readonly slice: number
}

/** Deletes what is too old or too many. Returns how many went: fewer than the slice when it is done. */
export function trimSamples(db: Db, { before, most, slice }: SampleBounds): number {
  const old = db.$client.prepare(
    'delete from quota_sample where id in (select id from quota_sample where at < ? limit ?)',
  )
  const gone = old.run(before, slice).changes
  if (gone >= slice) return gone
  const many = db.$client.prepare(
    `delete from quota_sample where id in (select id from (select id,
       row_number() over (partition by upstream_id, meter, minutes order by at desc, id desc) as place
       from quota_sample) where place > ? limit ?)`,
  )
  return gone + many.run(most, slice - gone).changes
}

function plain({ id: _id, ...sample }: typeof quotaSample.$inferSelect): QuotaSample {
  return sample
}
