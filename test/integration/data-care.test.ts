/** Retention, compaction, backups and restores on real files, while the gateway serves. */
import Database from 'better-sqlite3'
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterEach, describe, expect, it } from 'vitest'
import type { JobOf } from '../../src/shared/models/job.ts'
import { closeApps, startApp, type AppRig } from '../support/app-rig.ts'
import { insertOldRequests } from '../support/old-requests.ts'
import { makeTempDir } from '../support/temp-dir.ts'

afterEach(closeApps)

/** A second connection, as only a test may have one. */
function withDatabase<T>(dataDir: string, use: (client: Database.Database) => T): T {
  const client = new Database(join(dataDir, 'weir.db'))
  try {
    return use(client)
  } finally {
    client.close()
  }
}

function count(dataDir: string, what: string): number {
  return withDatabase(
    dataDir,
    (client) => client.prepare<[], number>(`select count(*) from ${what}`).pluck().get() ?? 0,
  )
}

function fill(rig: AppRig, requests: { count: number; days: number; state?: 'completed' | 'failed' | 'open' }): void {
  withDatabase(rig.dataDir, (client) => insertOldRequests({ $client: client }, { ...requests, now: Date.now() }))
}

async function backup(rig: AppRig): Promise<{ id: string; path: string }> {
  const job = (await rig.ended(await rig.call('backup.create', {}))) as JobOf<'backup.create'>
  expect(job).toMatchObject({ state: 'done', error: null, result: { check: { ok: true } } })
  return job.result?.backup ?? { id: '', path: '' }
}

describe('retention', () => {
  it('says what would go and until when, deletes exactly that, and keeps the sums', async () => {
    const rig = await startApp()
    fill(rig, { count: 600, days: 60, state: 'failed' })
    const rule = { days: 30, rows: null }
    const preview = await rig.call('retention.preview', { rule })
    expect(preview.requests + preview.remaining).toBe(600)
    expect(Math.abs(preview.requests - 300)).toBeLessThan(3)
    expect(preview.until).toBeLessThan(Date.now() - 30 * 86_400_000)
    const sums = count(rig.dataDir, 'usage_bucket')
    const job = await rig.ended(await rig.call('retention.apply', { rule }))
    expect(job).toMatchObject({ state: 'done', result: { deletedRequests: preview.requests, until: preview.until } })
    expect(job.progress).toMatchObject({ done: preview.requests, total: preview.requests })
    expect(count(rig.dataDir, 'request')).toBe(preview.remaining)
    expect(count(rig.dataDir, 'attempt')).toBe(2 * preview.remaining)
    expect(count(rig.dataDir, 'usage_bucket')).toBe(sums)
    const [row] = (await rig.call('audit.list', { action: 'retention.apply' })).rows
    expect(row?.after).toMatchObject({ deletedRequests: preview.requests, days: 30 })
  })

  it('goes by number as well, by the rule of the settings when none is given, and keeps all by default', async () => {
    const rig = await startApp()
    fill(rig, { count: 50, days: 1 })
    expect(await rig.call('retention.preview', {})).toMatchObject({ requests: 0, remaining: 50, until: null })
    expect(await rig.call('retention.preview', { rule: { days: 0, rows: 0 } })).toMatchObject({ requests: 0 })
    await rig.call('settings.update', { patch: { 'retention.rows': 20 } })
    expect(await rig.call('retention.preview', {})).toMatchObject({ requests: 30, remaining: 20 })
    expect((await rig.ended(await rig.call('retention.apply', {}))).state).toBe('done')
    expect(count(rig.dataDir, 'request')).toBe(20)
  })

  it('never deletes a request that still runs', async () => {
    const rig = await startApp()
    fill(rig, { count: 5, days: 90, state: 'open' })
    fill(rig, { count: 5, days: 80 })
    expect(await rig.call('retention.preview', { rule: { days: 1 } })).toMatchObject({ requests: 5, remaining: 5 })
    await rig.ended(await rig.call('retention.apply', { rule: { days: 1 } }))
    expect(count(rig.dataDir, `request where state = 'open'`)).toBe(5)
  })

  it('can be cancelled on the way, and leaves requests and attempts in step', async () => {
    const rig = await startApp()
    fill(rig, { count: 20_000, days: 60, state: 'failed' })
    const job = await rig.call('retention.apply', { rule: { days: 1 } })
    await expect(rig.call('retention.apply', { rule: { days: 1 } })).rejects.toMatchObject({ code: 'state_conflict' })
    // At the first of its steps, so that however quick it is there is something left.
    const cancelled = Promise.withResolvers<unknown>()
    rig.app.subscribe((event) => {
      if (event.type === 'job.changed') cancelled.resolve(rig.call('job.cancel', { id: job.id }))
    })
    await cancelled.promise
    expect(await rig.ended(job)).toMatchObject({ state: 'cancelled', result: null, error: null })
    const left = count(rig.dataDir, 'request')
    expect(left).toBeGreaterThan(1_000)
    expect(count(rig.dataDir, 'attempt')).toBe(2 * left)
    const [row] = (await rig.call('audit.list', { action: 'retention.apply' })).rows
    expect(row).toMatchObject({ outcome: 'failure', errorCode: 'cancelled' })
    expect((await rig.call('job.list', {}))[0]?.id).toBe(job.id)
  })
})

describe('compaction', () => {
  it('gives the space of deleted requests back while requests run', async () => {
    const rig = await startApp()
    fill(rig, { count: 30_000, days: 60, state: 'failed' })
    await rig.ended(await rig.call('retention.apply', { rule: { days: 1 } }))
    const before = await rig.call('data.status', {})
    expect(before.database.compaction).toBe('live')
    expect(before.database.reusableBytes).toBeGreaterThan(1_000_000)
    const { job } = await rig.call('data.compact', {})
    if (job === null) throw new Error('it should not have waited for the next start')
    const ended = (await rig.ended(job)) as JobOf<'data.compact'>
    expect(ended.state).toBe('done')
    expect(ended.result?.freedBytes).toBeGreaterThan(1_000_000)
    const after = await rig.call('data.status', {})
    expect(after.database.reusableBytes).toBe(0)
    expect(after.database.bytes).toBeLessThan(before.database.bytes)
    withDatabase(rig.dataDir, (client) => expect(client.pragma('integrity_check', { simple: true })).toBe('ok'))
  })

  it('rebuilds a file of an earlier version at the next start, and can then do it live', async () => {
    const rig = await startApp()
    await rig.close()
    withDatabase(rig.dataDir, (client) => {
      client.pragma('journal_mode = DELETE')
      client.pragma('auto_vacuum = NONE')
      client.exec('VACUUM')
    })
    const old = await startApp({ dataDir: rig.dataDir })
    expect((await old.call('data.status', {})).database.compaction).toBe('next-start')
    expect(await old.call('data.compact', {})).toEqual({ job: null })
    expect((await old.call('data.status', {})).nextStart.compact).toBe(true)
    await old.close()
    const again = await startApp({ dataDir: rig.dataDir })
    const status = await again.call('data.status', {})
    expect(status.database.compaction).toBe('live')
    expect(status.nextStart).toEqual({ restore: null, compact: false })
  })
})

describe('data.status', () => {
  it('tells sizes, rows, the oldest request and the last backup', async () => {
    const rig = await startApp()
    fill(rig, { count: 10, days: 10 })
    const { id } = await backup(rig)
    const status = await rig.call('data.status', {})
    expect(status.rows).toMatchObject({ request: 10, pool: 0, saved_filter: 0 })
    expect(status.database.bytes).toBe(statSync(join(rig.dataDir, 'weir.db')).size)
    expect(status.lastBackup?.id).toBe(id)
    expect(status.backupBytes).toBe(status.lastBackup?.bytes)
    expect(status.disk?.freeBytes).toBeGreaterThan(0)
    expect(Math.abs((status.oldestRequestAt ?? 0) - (Date.now() - 10 * 86_400_000))).toBeLessThan(60_000)
    expect(status.retention.nextRunAt).toBeNull()
  })
})

describe('backups', () => {
  it('are made, verified, for their owner alone, while the log is written to', async () => {
    const rig = await startApp()
    fill(rig, { count: 20_000, days: 10 })
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    const job = await rig.call('backup.create', {})
    for (let index = 0; index < 30; index += 1) await rig.call('pool.create', { name: `Pool ${index}` })
    const ended = (await rig.ended(job)) as JobOf<'backup.create'>
    delay.disable()
    expect(ended.result?.check).toMatchObject({ ok: true, version: 'same', rows: { requests: 20_000 } })
    const { path = '', id = '' } = ended.result?.backup ?? {}
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(rig.dataDir, 'backups'))).toEqual([`${id}.db`])
    expect((await rig.call('backup.list', {})).map((row) => [row.id, row.kind])).toEqual([[id, 'manual']])
    expect((await rig.call('audit.list', { action: 'backup.create' })).rows[0]).toMatchObject({ targetName: id })
    expect(rig.events).toContainEqual({ type: 'job.changed', id: job.id })
    // Copying ran on a thread of its own: this one went on turning all the while.
    expect(delay.max / 1e6).toBeLessThan(1_000)
  })

  it('leave nothing behind when cancelled', async () => {
    const rig = await startApp()
    fill(rig, { count: 50_000, days: 10 })
    const job = await rig.call('backup.create', {})
    await rig.call('job.cancel', { id: job.id })
    expect((await rig.ended(job)).state).toBe('cancelled')
    expect(readdirSync(join(rig.dataDir, 'backups'))).toEqual([])
    await backup(rig)
  })

  it('are restored at the next start; what was there before is kept and can be had back', async () => {
    const rig = await startApp()
    const first = await rig.call('pool.create', { name: 'Before' })
    const { id } = await backup(rig)
    await rig.call('pool.create', { name: 'After' })
    const staged = (await rig.ended(await rig.call('backup.restore', { id }))) as JobOf<'backup.restore'>
    expect(staged).toMatchObject({ state: 'done', result: { id, check: { rows: { pools: 1 } } } })
    expect((await rig.call('data.status', {})).nextStart.restore?.id).toBe(id)
    await expect(rig.call('backup.delete', { id })).rejects.toMatchObject({ code: 'state_conflict' })
    expect((await rig.call('pool.list', {})).length).toBe(2)
    await rig.close()

    const restored = await startApp({ dataDir: rig.dataDir })
    expect((await restored.call('pool.list', {})).map((pool) => pool.id)).toEqual([first.id])
    const [row] = (await restored.call('audit.list', { limit: 1 })).rows
    expect(row).toMatchObject({ actor: 'system', action: 'backup.restored', targetName: id, outcome: 'success' })
    const verdict = await restored.ended(await restored.call('audit.verify', {}))
    expect(verdict).toMatchObject({ state: 'done', result: { intact: true } })
    const replaced = (await restored.call('backup.list', {})).find((entry) => entry.kind === 'replaced')
    expect(row?.after).toEqual({ replaced: replaced?.id })

    await restored.ended(await restored.call('backup.restore', { id: replaced?.id ?? '' }))
    await restored.close()
    const back = await startApp({ dataDir: rig.dataDir })
    expect((await back.call('pool.list', {})).map((pool) => pool.name).sort()).toEqual(['After', 'Before'])
    expect((await back.call('data.status', {})).nextStart.restore).toBeNull()
  })

  it('finishes a restore that a crash cut off between the two moves', async () => {
    const rig = await startApp()
    await rig.call('pool.create', { name: 'Kept' })
    const { id, path } = await backup(rig)
    await rig.call('pool.create', { name: 'Later' })
    await rig.close()
    const file = join(rig.dataDir, 'weir.db')
    copyFileSync(path, `${file}.restoring`)
    copyFileSync(file, join(rig.dataDir, 'backups', 'replaced-20260101T000000000Z.db'))
    const wish = { restore: { id, stagedAt: 1 }, compact: false, replaced: 'replaced-20260101T000000000Z' }
    writeFileSync(join(rig.dataDir, 'next-start.json'), JSON.stringify(wish))
    unlinkSync(file)
    const again = await startApp({ dataDir: rig.dataDir })
    expect((await again.call('pool.list', {})).map((pool) => pool.name)).toEqual(['Kept'])
    expect(existsSync(`${file}.restoring`)).toBe(false)
    expect(existsSync(join(rig.dataDir, 'next-start.json'))).toBe(false)
  })

  it('stay where they are when a planned restore is taken back, and the start goes on when one is gone', async () => {
    const rig = await startApp()
    const { id } = await backup(rig)
    await rig.ended(await rig.call('backup.restore', { id }))
    expect((await rig.call('data.cancelNextStart', {})).nextStart.restore).toBeNull()
    await rig.ended(await rig.call('backup.restore', { id }))
    await rig.call('pool.create', { name: 'Here' })
    await rig.close()
    unlinkSync(join(rig.dataDir, 'backups', `${id}.db`))
    const again = await startApp({ dataDir: rig.dataDir })
    expect((await again.call('pool.list', {})).length).toBe(1)
    expect((await again.call('audit.list', { action: 'backup.restored' })).rows[0]).toMatchObject({
      outcome: 'failure',
    })
    expect((await again.call('data.status', {})).nextStart.restore).toBeNull()
  })

  it('are found out when they are damaged, foreign, or of a newer version', async () => {
    const rig = await startApp()
    fill(rig, { count: 2_000, days: 2 })
    const { path } = await backup(rig)
    const dir = makeTempDir('care')
    const put = (name: string, make: (file: string) => void) => {
      const file = join(dir, name)
      make(file)
      return file
    }
    const damaged = put('damaged.db', (file) => {
      const bytes = readFileSync(path)
      bytes.fill(0x55, 40_960, 81_920)
      writeFileSync(file, bytes)
    })
    const foreign = put('foreign.db', (file) => {
      const client = new Database(file)
      client.exec('create table notes (x)')
      client.close()
    })
    const newer = put('newer.db', (file) => {
      copyFileSync(path, file)
      const client = new Database(file)
      client.exec(`insert into __drizzle_migrations (hash, created_at) values ('x', 9999999999999)`)
      client.close()
    })
    const text = put('text.db', (file) => writeFileSync(file, 'no database at all, by far'))
    const check = async (file: string) => {
      const job = (await rig.ended(await rig.call('backup.check', { path: file }))) as JobOf<'backup.check'>
      return job.result
    }
    expect(await check(damaged)).toMatchObject({ ok: false, finding: expect.stringMatching(/damaged|readable/) })
    expect(await check(foreign)).toMatchObject({ ok: false, finding: expect.stringContaining('not one of Weir') })
    expect(await check(newer)).toMatchObject({ ok: false, version: 'newer', finding: expect.stringContaining('newer') })
    expect(await check(text)).toMatchObject({ ok: false, finding: expect.stringContaining('NOTADB') })
    expect(await check(path)).toMatchObject({ ok: true, version: 'same' })
    expect(readdirSync(dir).sort()).toEqual(['damaged.db', 'foreign.db', 'newer.db', 'text.db'])
    copyFileSync(damaged, join(rig.dataDir, 'backups', 'damaged.db'))
    const refused = await rig.ended(await rig.call('backup.restore', { id: 'damaged' }))
    expect(refused).toMatchObject({ state: 'failed', error: { code: 'state_conflict' } })
    expect((await rig.call('data.status', {})).nextStart.restore).toBeNull()
    expect((await rig.call('backup.delete', { id: 'damaged' })).map((row) => row.kind)).toEqual(['manual'])
  })

  it.each(['../weir', '..', 'a/b', '', '.hidden', 'none'])('refuse the id %j', async (id) => {
    const { call } = await startApp({ listen: false })
    await expect(call('backup.restore', { id })).rejects.toMatchObject({ code: 'not_found' })
    await expect(call('backup.delete', { id })).rejects.toMatchObject({ code: 'not_found' })
    await expect(call('backup.check', { id })).rejects.toMatchObject({ code: 'not_found' })
  })
})
