/**
 * What a stop without warning left behind. First the database takes over the journal's file: a request that was settled
 * there is as good as settled here. What is still open then ran when the process ended; nobody knows what it used, so it
 * is charged its reservation, in the log, in the sums and in what limits count. Each step is a transaction that finds nothing the second time.
 */
import { openJournalFile } from './journal-file.ts'
import { createJournalRows, type Entry } from './journal-rows.ts'
import type { Db } from './database.ts'
import { openDatabase } from './open.ts'
import { addCharge, createDayWriter, usageDayOf, type Charge, type DaySum } from './usage-day-rows.ts'

const CHARGE = `insert into usage_bucket (minute, key_id, pool_id, upstream_id, model, requests, failed, refused,
    input_tokens, cached_tokens, output_tokens, reasoning_tokens, cost_nanos, duration_ms)
  select at / 60000, key_id, pool_id, '', coalesce(sent_model, model, ''), count(*), count(*), 0,
    sum(reserved_input), 0, sum(reserved_output), 0, sum(coalesce(reserved_cost_nanos, 0)), 0
  from request where state = 'open' group by 1, 2, 3, 4, 5
  on conflict do update set requests = requests + excluded.requests, failed = failed + excluded.failed,
    input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
    cost_nanos = cost_nanos + excluded.cost_nanos`

const OPEN = `select key_id as keyId, limit_rule as rule, token_id as token, at, reserved_input + reserved_output as tokens,
  coalesce(reserved_cost_nanos, 0) as costNanos from request where state = 'open'`

const CLOSE = `update request set state = 'interrupted', error_code = 'interrupted', input_tokens = reserved_input,
  output_tokens = reserved_output, cost_nanos = reserved_cost_nanos, usage_source = 'estimated' where state = 'open'`

/** Takes over what the last run had written to its journal and not yet to the database. */
export function replayJournal(db: Db, dataDir: string): void {
  const file = openJournalFile(dataDir)
  try {
    const entries = new Map<number, Entry>()
    const stateOf = db.$client.prepare<[number], { state: string }>('select state from request where id = ?')
    for (const record of file.read()) {
      if ('admitted' in record) {
        const known = stateOf.get(record.admitted.id)
        const isInserted = known !== undefined
        // Closed rows are complete: the file was not cleared after the transaction that took them over.
        if (!isInserted || known.state === 'open') {
          // The last of its lines says what it held.
          const { admitted } = record
          entries.set(admitted.id, { admitted, settled: null, isInserted, isRefined: isInserted, place: -1 })
        }
      } else {
        const entry = entries.get(record.id)
        if (entry !== undefined) entry.settled = record.settled
      }
    }
    if (entries.size > 0) createJournalRows(db, usageDayOf(db)).write([...entries.values()])
    file.clear()
  } finally {
    file.close()
  }
}

/** Returns how many requests were interrupted. Runs before the first request is admitted. */
export function closeInterrupted(db: Db): number {
  const { $client } = db
  return $client.transaction(() => {
    const days: DaySum[] = []
    const dayOf = usageDayOf(db)
    for (const charge of $client.prepare<[], Charge>(OPEN).all()) addCharge(days, charge, dayOf(charge.at))
    createDayWriter(db)(days)
    $client.prepare(CHARGE).run()
    return $client.prepare(CLOSE).run().changes
  })()
}

/** The newest id in the log, 0 for an empty one: ids of a new run go on from there even when the clock went back. */
export function lastRequestId(db: Db): number {
  const row = db.$client.prepare<[], { id: number | null }>('select max(id) as id from request').get()
  return row?.id ?? 0
}

/** Brings a database that is about to be replaced to rest: what its journal holds goes into it, not into its successor. */
export function settleDatabase(dataDir: string): void {
  const { db, close } = openDatabase({ dataDir })
  try {
    replayJournal(db, dataDir)
    closeInterrupted(db)
  } finally {
    close()
  }
}
