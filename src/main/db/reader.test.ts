import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { makeTempDir } from '../../../test/support/temp-dir.ts'
import { requestFilter } from '../../shared/models/request.ts'
import { statsQuery } from '../../shared/models/stats.ts'
import { firstIdAt, formatRequestId } from '../../shared/request-id.ts'
import { openDatabase } from './open.ts'
import { createReader, threadFile, type Reader } from './reader.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

const ID = firstIdAt(Date.UTC(2026, 0, 1))
const DAY = 86_400_000
const everything = requestFilter.parse({})

function databaseWithOneRequest(): string {
  const opened = openDatabase({ dataDir: makeTempDir('reader') })
  closers.push(opened.close)
  opened.db.$client
    .prepare(
      `INSERT INTO request (id, at, state, key_id, pool_id, route, stream, reserved_input, reserved_output, input_tokens,
       cached_tokens, output_tokens, reasoning_tokens, usage_source, attempts, client, client_ip)
       VALUES (?, 5, 'open', 'k', 'p', 'chat', 0, 0, 0, 0, 0, 0, 0, 'none', 0, 'curl', '::1')`,
    )
    .run(ID)
  return opened.file
}

/** Starts threads and keeps hold of them. */
function keepIn(threads: Worker[]): (file: string) => Worker {
  return (file) => {
    const thread = new Worker(threadFile(import.meta.dirname), { workerData: file })
    threads.push(thread)
    return thread
  }
}

function reader(file: string, start?: (file: string) => Worker): Reader {
  const made = createReader(file, start)
  closers.push(made.close)
  return made
}

describe('reader', () => {
  it('answers all three questions from a thread, with what was just committed', async () => {
    const it = reader(databaseWithOneRequest())
    await expect(it.requestPage(everything)).resolves.toMatchObject({ rows: [{ id: formatRequestId(ID) }], next: null })
    await expect(it.request(formatRequestId(ID))).resolves.toMatchObject({ tries: [], exclusions: [] })
    await expect(it.request('req_none')).resolves.toBeNull()
    await expect(it.stats(statsQuery.parse({ from: 0, to: 1 }))).resolves.toEqual([])
  })

  it('starts no thread before the first question, and ends it when closed', async () => {
    const threads: Worker[] = []
    const made = createReader(databaseWithOneRequest(), keepIn(threads))
    expect(threads).toHaveLength(0)
    await Promise.all([made.requestPage(everything), made.requestPage(everything)])
    expect(threads).toHaveLength(1)
    await made.close()
    await made.close()
    expect(threads[0]?.threadId).toBe(-1)
    await expect(made.requestPage(everything)).rejects.toMatchObject({ code: 'shutting_down' })
  })

  it.each([
    ['a day of everybody', { from: 0, to: DAY }, 1],
    ['a month of one key', { from: 0, to: 30 * DAY, keyId: 'k' }, 1],
    ['more than a day of everybody', { from: 0, to: DAY + 60_000 }, 2],
    ['a month of one Pool', { from: 0, to: 30 * DAY, poolId: 'p' }, 2],
  ])('adds up %s where lists do not wait for what is slow', async (_what, query, count) => {
    const threads: Worker[] = []
    const made = reader(databaseWithOneRequest(), keepIn(threads))
    await made.requestPage(everything)
    await expect(made.stats(statsQuery.parse(query))).resolves.toEqual([])
    // The list's own thread, or another one.
    expect(threads).toHaveLength(count)
  })

  it('hands on an error with its code, message and details', async () => {
    const asked = reader(databaseWithOneRequest()).requestPage({ ...everything, before: 'x' })
    await expect(asked).rejects.toMatchObject({ code: 'invalid_input', details: { before: 'must be a request id' } })
  })

  it('names a file that cannot be read, and answers once it can', async () => {
    const good = databaseWithOneRequest()
    const file = join(makeTempDir('reader'), 'weir.db')
    const it = reader(file)
    await expect(it.requestPage(everything)).rejects.toMatchObject({ code: 'data_dir_unwritable', details: { file } })
    closers.shift()?.()
    writeFileSync(file, readFileSync(good))
    await expect(it.requestPage(everything)).resolves.toMatchObject({ next: null })
  })

  it('rejects what waits when its thread dies, and starts another for the next question', async () => {
    const threads: Worker[] = []
    const it = reader(databaseWithOneRequest(), keepIn(threads))
    const waiting = [it.requestPage(everything), it.request('req_none')]
    const outcomes = Promise.allSettled(waiting)
    await threads[0]?.terminate()
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'internal' } })
    }
    await expect(it.requestPage(everything)).resolves.toMatchObject({ next: null })
    expect(threads).toHaveLength(2)
  })

  it('refuses more questions than it will hold', async () => {
    const it = reader(databaseWithOneRequest())
    const asked = Array.from({ length: 65 }, () => it.request('req_none'))
    const outcomes = await Promise.allSettled(asked)
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(64)
    expect(outcomes.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'log_busy' } })
    await expect(it.request('req_none')).resolves.toBeNull()
  })

  it('refuses what waits when it is closed', async () => {
    const made = createReader(databaseWithOneRequest())
    const outcome = Promise.allSettled([made.requestPage(everything)])
    await made.close()
    expect(await outcome).toMatchObject([{ status: 'rejected', reason: { code: 'shutting_down' } }])
  })

  it('lets the event loop turn while a query runs', async () => {
    const it = reader(databaseWithOneRequest())
    let turns = 0
    const turning = new AbortController()
    const count = async () => {
      for (; !turning.signal.aborted; turns += 1) await turn()
    }
    const counted = count()
    await it.requestPage(everything)
    turning.abort()
    await counted
    expect(turns).toBeGreaterThan(1)
  })

  it('finds its thread beside the source, beside the bundle, and above its chunks', () => {
    expect(threadFile(import.meta.dirname)).toBe(join(import.meta.dirname, 'reader-thread.ts'))
    const out = makeTempDir('reader')
    mkdirSync(join(out, 'chunks'))
    expect(() => threadFile(join(out, 'chunks'))).toThrow(/Install Weir again/)
    writeFileSync(join(out, 'reader-thread.js'), '')
    expect(threadFile(out)).toBe(join(out, 'reader-thread.js'))
    expect(threadFile(join(out, 'chunks'))).toBe(join(out, 'reader-thread.js'))
  })
})
