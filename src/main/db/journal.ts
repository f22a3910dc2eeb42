/**
 * The request log's writer, in two steps. At the end of each turn of the event loop everything admitted and settled in it
 * is appended to the journal's file with one call: from then on it survives a kill, and no answer of an upstream can
 * have arrived before. A few times a second the database takes over what has collected, in one transaction of whole
 * rows. So the path of a request waits for a write of microseconds and never for the database.
 *
 * When the disk refuses, nothing is lost: the records stay here, the gateway admits nothing new, and it is tried again.
 */
import { createJournalRows, type Entry } from './journal-rows.ts'
import { admittedLine, openJournalFile, settledLine } from './journal-file.ts'
import { AppError } from '../../shared/errors.ts'
import { createRoster } from '../../shared/roster.ts'
import type { Journal, Log } from '../gateway/ports.ts'
import type { Db } from './database.ts'
import { databaseError } from './connection.ts'
import { usageDayOf } from './usage-day-rows.ts'

export interface WritableJournal extends Journal {
  /** Brings everything so far into the database, now. @throws AppError when it refuses. */
  flush(): void
  close(): void
}

export interface JournalDeps {
  readonly db: Db
  readonly dataDir: string
  readonly log: Log
  readonly now: () => number
}

/** How long settled requests collect. A page that asks sooner makes the database take over at once. */
const FOLD_MS = 25
/** More than this at once would hold up the streams that run. */
const FOLD_COUNT = 256
/** A request that runs longer than this is written as open; most are over before and cost one insert. */
const OPEN_AFTER_MS = 500
/** At this size even running requests are written, so that the file can begin anew. */
const MAX_FILE_BYTES = 4_194_304
const RETRY_MS = 1_000

export function createJournal({ db, dataDir, log, now }: JournalDeps): WritableJournal {
  const file = openJournalFile(dataDir)
  const rows = createJournalRows(db, usageDayOf(db))
  /** Admitted and not settled. */
  const open = createRoster<Entry>()
  /** Settled and not in the database yet. */
  let done: Entry[] = []
  /** Admitted or settled since the last append, each as often as it has a line to write. */
  let news: Entry[] = []
  /** What could not be appended yet. */
  let lines = ''
  let waiting: (() => void)[] = []
  let isAppendScheduled = false
  let foldTimer: NodeJS.Timeout | null = null
  let failure: AppError | null = null
  let retry: NodeJS.Timeout | null = null

  function scheduleAppend(): void {
    if (isAppendScheduled) return
    isAppendScheduled = true
    setImmediate(endTurn)
  }

  function endTurn(): void {
    isAppendScheduled = false
    if (failure !== null) return
    attempt(() => {
      append()
      if (done.length >= FOLD_COUNT || file.size > MAX_FILE_BYTES) fold(file.size > MAX_FILE_BYTES)
      else foldTimer ??= setTimeout(foldDue, FOLD_MS)
    })
  }

  function foldDue(): void {
    foldTimer = null
    if (failure === null) attempt(() => fold(false))
  }

  function attempt(act: () => void): void {
    try {
      act()
    } catch (error) {
      fail(AppError.from(error))
    }
  }

  function fail(error: AppError): void {
    if (failure === null) log.error('the request log cannot be written', { code: error.code, reason: error.message })
    failure = error
    retry ??= setTimeout(again, RETRY_MS).unref()
    // Their rows are kept and repeated; a client need not wait for a disk.
    release()
  }

  function again(): void {
    retry = null
    try {
      append()
      fold(true)
      failure = null
      log.info('the request log can be written again')
    } catch (error) {
      fail(AppError.from(error))
    }
  }

  /** Put into words after the turn, when the requests are on their way: nobody waits for it. */
  function writeNews(): void {
    for (const entry of news) {
      const { admitted, settled } = entry
      if (!entry.isNoted) lines += admittedLine(admitted)
      else if (settled !== null) lines += settledLine(admitted.id, settled)
      entry.isNoted = true
    }
    news = []
  }

  function append(): void {
    writeNews()
    if (lines !== '') {
      file.append(lines)
      lines = ''
    }
    release()
  }

  function release(): void {
    const callbacks = waiting
    waiting = []
    for (const callback of callbacks) callback()
  }

  /** The database takes over what is settled, and what has been running for long or, with `all`, at all. */
  function fold(all: boolean): void {
    const longAgo = now() - OPEN_AFTER_MS
    const running = open.all.filter((entry) =>
      entry.isInserted ? entry.isRefined === true : all || entry.admitted.at <= longAgo,
    )
    if (done.length > 0 || running.length > 0) {
      try {
        rows.write([...done, ...running])
      } catch (cause) {
        throw databaseError(cause, db.$client.name)
      }
      for (const entry of running) {
        entry.isInserted = true
        entry.isRefined = false
      }
      done = []
    }
    if (lines === '' && news.length === 0 && (all || isAllInserted())) file.clear()
    else foldTimer ??= setTimeout(foldDue, OPEN_AFTER_MS)
  }

  function isAllInserted(): boolean {
    return open.all.every((entry) => entry.isInserted && entry.isRefined !== true)
  }

  return {
    get failure() {
      return failure?.message ?? null
    },
    admit(admitted) {
      const entry: Entry = { admitted, settled: null, isNoted: false, isRefined: false, isInserted: false, place: -1 }
      open.add(entry)
      news.push(entry)
      scheduleAppend()
      return entry
    },
    settle(handle, settled) {
      const entry = handle as Entry
      if (!open.remove(entry)) return
      entry.settled = settled
      done.push(entry)
      news.push(entry)
      scheduleAppend()
    },
    refine(handle, held) {
      const entry = handle as Entry
      if (entry.place < 0) return
      entry.admitted = { ...entry.admitted, ...held }
      // Its first line is still to be written.
      if (entry.isNoted !== true) return
      entry.isRefined = true
      // Whoever takes over the file goes by the last line of a request, and what is let through for this comes behind it.
      lines += admittedLine(entry.admitted)
      scheduleAppend()
    },
    afterCommit(callback) {
      if (failure !== null || (lines === '' && news.length === 0)) {
        callback()
        return
      }
      waiting.push(callback)
      scheduleAppend()
    },
    flush() {
      append()
      fold(true)
    },
    close() {
      if (retry !== null) clearTimeout(retry)
      if (foldTimer !== null) clearTimeout(foldTimer)
      try {
        append()
        fold(true)
      } finally {
        file.close()
      }
    },
  }
}
