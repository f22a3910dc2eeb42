/**
 * Prices from a list: a file or an https address is read, compared with what is in force, and taken over when the
 * operator has seen it. What was previewed is kept here until then, so that what is taken over is what was seen.
 */
import { isDeepStrictEqual } from 'node:util'
import { AppError } from '../../shared/errors.ts'
import type { Actor } from '../../shared/models/audit.ts'
import type { Price } from '../../shared/models/price.ts'
import type {
  PriceImport,
  PriceImported,
  PriceImportProblem,
  PriceImportRow,
  PricePreview,
  PricePreviewInput,
  PriceUpload,
  PriceUploaded,
} from '../../shared/models/price-import.ts'
import { effectivePrice } from '../../shared/price-math.ts'
import { insertPrices } from '../db/price-store.ts'
import type { Db } from '../db/database.ts'
import { listUpstreams } from '../db/upstream-store.ts'
import { randomBase62 } from '../gateway/pool-key.ts'
import type { ListRow } from '../prices/list-row.ts'
import type { PriceBook } from '../prices/price-book.ts'
import { readPriceList } from '../prices/price-list.ts'
import type { Changes } from './change.ts'
import type { EventHub } from './events.ts'
import { fetchPriceList, MAX_LIST_BYTES, tooLarge, type PriceFetchOptions } from './price-fetch.ts'
import { newPrice } from './price-place.ts'
import { nextTurn } from './turn.ts'

export interface PriceImportService {
  upload(input: PriceUpload): PriceUploaded
  preview(input: PricePreviewInput): Promise<PricePreview>
  import(actor: Actor, input: PriceImport): PriceImported
}

export interface PriceImportDeps {
  readonly db: Db
  readonly book: PriceBook
  readonly changes: Changes
  readonly events: EventHub
  readonly now: () => number
  readonly fetchOptions?: PriceFetchOptions | undefined
  readonly known: () => Promise<ReadonlySet<string>>
}

const KEPT_MS = 30 * 60_000
/** Previews and uploads that wait; the oldest makes room. */
const MAX_KEPT = 4

/** What waits for the operator, for a while, the newest few. */
interface Shelf<T> {
  put(value: T): string
  get(id: string): T | undefined
  drop(id: string): void
}

function createShelf<T>(now: () => number): Shelf<T> {
  const entries = new Map<string, { readonly value: T; readonly until: number }>()
  function tidy(): void {
    for (const [id, { until }] of entries) if (until <= now()) entries.delete(id)
  }
  return {
    put(value) {
      tidy()
      const [oldest] = entries.keys()
      if (oldest !== undefined && entries.size >= MAX_KEPT) entries.delete(oldest)
      const id = `lst_${randomBase62(16)}`
      entries.set(id, { value, until: now() + KEPT_MS })
      return id
    },
    get(id) {
      tidy()
      return entries.get(id)?.value
    },
    drop: (id) => void entries.delete(id),
  }
}

interface Upload {
  readonly parts: string[]
  bytes: number
}

export function createPriceImport(deps: PriceImportDeps): PriceImportService {
  const { db, book, changes, events, now, known } = deps
  const uploads = createShelf<Upload>(now)
  const previews = createShelf<PricePreview>(now)

  async function textOf(input: PricePreviewInput): Promise<{ readonly text: string; readonly origin: string }> {
    if ('url' in input) return fetchPriceList(input.url, deps.fetchOptions)
    if ('text' in input) return { text: input.text, origin: input.name }
    const upload = uploads.get(input.uploadId)
    if (upload === undefined) throw gone('upload')
    uploads.drop(input.uploadId)
    return { text: upload.parts.join(''), origin: input.name }
  }

  function compare({ row, model, upstreamId, rates }: ListRow, ids: ReadonlySet<string>): PriceImportRow {
    const found = book.find(model, upstreamId)
    const before = found === null || found.rates === null ? null : { rates: found.rates, source: found.source }
    const isSame = before !== null && isDeepStrictEqual(effectivePrice(before.rates), effectivePrice(rates))
    const change = before === null ? 'added' : isSame ? 'unchanged' : 'changed'
    return { row, model, upstreamId, change, before, after: rates, known: isKnown(model, ids) }
  }

  return {
    upload({ id, part }) {
      const upload = id === null ? { parts: [], bytes: 0 } : uploads.get(id)
      if (upload === undefined) throw gone('upload')
      upload.bytes += Buffer.byteLength(part)
      if (upload.bytes > MAX_LIST_BYTES) throw tooLarge()
      upload.parts.push(part)
      return { id: id ?? uploads.put(upload), bytes: upload.bytes }
    },
    async preview(input) {
      const { text, origin } = await textOf(input)
      const { format, rows: read, problems } = await readPriceList(text, nextTurn)
      const ids = await known()
      const upstreams = new Set(listUpstreams(db).map(({ id }) => id))
      const isHere = ({ upstreamId }: ListRow) => upstreamId === null || upstreams.has(upstreamId)
      const rows = read.filter(isHere).map((row) => compare(row, ids))
      const invalid = [...problems, ...read.filter((row) => !isHere(row)).map(elsewhere)].sort((a, b) => a.row - b.row)
      const counted = (change: PriceImportRow['change']) => rows.filter((row) => row.change === change).length
      const counts = {
        added: counted('added'),
        changed: counted('changed'),
        unchanged: counted('unchanged'),
        invalid: invalid.length,
      }
      const content = { format, origin, expiresAt: now() + KEPT_MS, rows, invalid, counts }
      const id = previews.put({ ...content, id: '' })
      return { ...content, id }
    },
    import(actor, { id, rows }) {
      const preview = previews.get(id)
      if (preview === undefined) throw gone('preview')
      const wanted = rows === undefined ? null : new Set(rows)
      const chosen = preview.rows.filter((row) => row.change !== 'unchanged' && (wanted?.has(row.row) ?? true))
      const counted = (change: PriceImportRow['change']) => chosen.filter((row) => row.change === change).length
      const done = { added: counted('added'), changed: counted('changed') }
      if (chosen.length === 0) return done
      const target = { kind: 'price', id: null, name: preview.origin } as const
      const added = changes.run({ actor, action: 'price.import', target }, (commit) =>
        commit((tx) => {
          const { origin } = preview
          const value = chosen.map(({ model, upstreamId, after }): Price => {
            return newPrice(book, { model, upstreamId, rates: after, source: 'import', note: origin }, now())
          })
          insertPrices(tx, value)
          return { value, target, after: { ...done, models: chosen.slice(0, 20).map(({ model }) => model) } }
        }),
      )
      previews.drop(id)
      book.put(added)
      events.emit({ type: 'price.changed' })
      return done
    },
  }
}

function gone(what: 'upload' | 'preview'): AppError {
  const message = `There is no such ${what} any more: it was used, or is older than 30 minutes. Look at the list again.`
  return new AppError('not_found', message)
}

function elsewhere({ row, model }: ListRow): PriceImportProblem {
  return { row, name: model, reason: 'upstreamId: there is no upstream with this id' }
}

/** A pattern is known by any model that it is for. */
function isKnown(model: string, ids: ReadonlySet<string>): boolean {
  if (!model.endsWith('*')) return ids.has(model)
  const beginning = model.slice(0, -1)
  return [...ids].some((id) => id.startsWith(beginning))
}
