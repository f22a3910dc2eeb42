/**
 * A copy of the audit log's head in the secret store: whoever can write the database file alone can rebuild the chain to
 * his liking, but not make this copy agree with it. It follows the log within seconds and at each stop; a slow or locked
 * store never holds up a change. What is added after the last copy and cut off before the next one is not noticed.
 */
import { z } from 'zod'
import { emptyHead, type ChainHead } from '../db/audit-chain.ts'
import { readAuditHead } from '../db/audit-store.ts'
import type { Db } from '../db/database.ts'
import type { Log } from '../gateway/ports.ts'
import type { SecretStore } from '../secrets/store.ts'

const ITEM = 'audit:head'
/** Between two writes to the store: a keychain may take its time. */
const REST_MS = 10_000

const head = z.object({ entries: z.number(), lastId: z.number(), hash: z.string() })

export type KeptHead =
  | { readonly state: 'kept'; readonly head: ChainHead }
  | { readonly state: 'absent' }
  | { readonly state: 'none' }

export interface AuditAnchor {
  read(): Promise<KeptHead>
  /** The log has grown. */
  touch(): void
  /** Replaces what is kept by the present head, also where that is shorter: after a restore. */
  reset(): Promise<void>
  close(): Promise<void>
}

export function createAuditAnchor(deps: {
  readonly db: Db
  readonly secrets: SecretStore
  readonly log: Pick<Log, 'warn'>
}): AuditAnchor {
  const { db, secrets, log } = deps
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> = Promise.resolve()
  let isDirty = false
  let hasWarned = false

  async function write(mayShrink: boolean): Promise<void> {
    isDirty = false
    const now = readAuditHead(db)
    // A chain that is shorter than what is kept was cut: keeping the new end would hide it.
    const kept = mayShrink ? null : await read()
    if (kept?.state === 'kept' && !isContinued(db, kept.head, now)) return
    if (now.entries === 0) await secrets.delete(ITEM)
    else await secrets.set(ITEM, JSON.stringify(now))
  }

  async function writeQuietly(mayShrink: boolean): Promise<void> {
    if (!secrets.status.usable) return
    try {
      await write(mayShrink)
    } catch (cause) {
      if (!hasWarned) log.warn('the head of the audit log could not be copied into the secret store', { cause })
      hasWarned = true
    }
  }

  function enqueue(mayShrink: boolean): Promise<void> {
    writing = writing.then(() => writeQuietly(mayShrink))
    return writing
  }

  async function read(): Promise<KeptHead> {
    if (!secrets.status.usable) return { state: 'none' }
    const text = await secrets.get(ITEM)
    if (text === null) return { state: 'absent' }
    const parsed = head.safeParse(parseJson(text))
    // Something that is not ours says nothing about the log, but it is no agreement either.
    return { state: 'kept', head: parsed.success ? parsed.data : { ...emptyHead, entries: Number.MAX_SAFE_INTEGER } }
  }

  return {
    read,
    touch() {
      isDirty = true
      timer ??= setTimeout(() => {
        timer = null
        if (isDirty) void enqueue(false)
      }, REST_MS).unref()
    },
    reset: () => enqueue(true),
    async close() {
      if (timer !== null) clearTimeout(timer)
      timer = null
      if (isDirty) await enqueue(false)
      await writing
    },
  }
}

function isContinued(db: Db, kept: ChainHead, now: ChainHead): boolean {
  if (kept.entries === 0) return true
  if (kept.entries > now.entries) return false
  const row = db.$client
    .prepare<[number], string | null>('select hash from audit where id = ?')
    .pluck()
    .get(kept.lastId)
  return row === kept.hash
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
