/**
 * `weir logs --follow`: requests as they end. Each second the newest pages are read back to the last row that was seen,
 * and the ones that were still open are looked at again, so the work is bounded by what happens, not by what is logged.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { RequestFilterInput, RequestSummary } from '../../shared/models/request.ts'
import type { Call } from '../host/headless/call.ts'

const PAUSE_MS = 1_000
const PAGE = 200

/** Never returns; the command ends by a signal. */
export async function followRequests(
  call: Call,
  filter: RequestFilterInput,
  print: (row: RequestSummary) => void,
): Promise<never> {
  const poll = createFollower(call, filter, print)
  for (;;) {
    await poll()
    await wait(PAUSE_MS)
  }
}

/** The first call only notes where the log stands. */
export function createFollower(
  call: Call,
  { state, errorCode, ...served }: RequestFilterInput,
  print: (row: RequestSummary) => void,
): () => Promise<void> {
  const open = new Set<string>()
  let newest: string | null = null
  const startedAt = Date.now()
  let isFirst = true

  /** These two hold of a request only once it has ended. */
  function show(row: RequestSummary): void {
    if (isAmong(row.state, state) && isAmong(row.errorCode, errorCode)) print(row)
  }

  return async () => {
    // As long as nothing matched there is no row to read back to, only the time.
    const since = isFirst || newest !== null ? served : { ...served, from: startedAt }
    const fresh = await readSince(call, since, { id: newest, onePage: isFirst })
    for (const id of open) {
      const row = await call('request.get', { id })
      if (row.state !== 'open') {
        open.delete(id)
        show(row)
      }
    }
    for (const row of fresh.toReversed()) {
      if (row.state === 'open') open.add(row.id)
      else if (!isFirst) show(row)
    }
    newest = fresh[0]?.id ?? newest
    isFirst = false
  }
}

/** A filter takes one value or several. */
function isAmong(value: string | null, wanted: string | readonly string[] | undefined): boolean {
  return wanted === undefined || (value !== null && [wanted].flat().includes(value))
}

/** Newest first, down to but without the row `until.id`. Ids sort by time. */
async function readSince(
  call: Call,
  filter: RequestFilterInput,
  until: { id: string | null; onePage: boolean },
): Promise<readonly RequestSummary[]> {
  const rows: RequestSummary[] = []
  let before: string | undefined
  for (;;) {
    const page = await call('request.list', { ...filter, limit: PAGE, before })
    for (const row of page.rows) {
      if (until.id !== null && row.id <= until.id) return rows
      rows.push(row)
    }
    if (page.next === null || until.onePage) return rows
    before = page.next
  }
}
