/** The audit log against somebody who can write the database file: what he changes shows. */
import Database from 'better-sqlite3'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { JobOf } from '../../src/shared/models/job.ts'
import { chainHash, GENESIS } from '../../src/main/db/audit-chain.ts'
import { openDatabase } from '../../src/main/db/open.ts'
import { closeApps, startApp, type AppRig } from '../support/app-rig.ts'
import { makeTempDir } from '../support/temp-dir.ts'

afterEach(closeApps)

const withVault = { WEIR_PASSPHRASE: 'a passphrase for this test' }

/** With seven entries in its log. */
async function withHistory(env: Record<string, string> = {}): Promise<AppRig> {
  const rig = await startApp({ env: { ...env } })
  for (let index = 1; index <= 7; index += 1) await rig.call('pool.create', { name: `Pool ${index}` })
  return rig
}

/** As somebody with the file and a tool: without the triggers. */
function tamper(dataDir: string, sql: string): void {
  const client = new Database(join(dataDir, 'weir.db'))
  try {
    client.exec('drop trigger audit_no_update; drop trigger audit_no_delete')
    client.exec(sql)
  } finally {
    client.close()
  }
}

async function verify(rig: AppRig) {
  const job = (await rig.ended(await rig.call('audit.verify', {}))) as JobOf<'audit.verify'>
  expect(job.state).toBe('done')
  if (job.result === null) throw new Error('a job that is done has a result')
  return job.result
}

describe('the audit chain', () => {
  it('holds for what Weir wrote, failures included, and counts it', async () => {
    const rig = await withHistory()
    await expect(rig.call('pool.create', { name: 'Pool 1' })).rejects.toMatchObject({ code: 'name_taken' })
    const verdict = await verify(rig)
    expect(verdict).toMatchObject({ intact: true, entries: 8, broken: null, head: { id: '8' }, anchor: 'none' })
    const first = await rig.call('audit.get', { id: '1' })
    expect(first.previousHash).toBe(GENESIS)
    expect((await rig.call('audit.get', { id: '2' })).previousHash).toBe(first.hash)
    expect(first.after).toMatchObject({ name: 'Pool 1' })
  })

  it('is append-only for whoever uses the database as it is', async () => {
    const { dataDir } = await withHistory()
    const client = new Database(join(dataDir, 'weir.db'))
    expect(() => client.exec('delete from audit where id = 3')).toThrow(/never deleted/)
    expect(() => client.exec('delete from audit')).toThrow(/never deleted/)
    expect(() => client.exec(`update audit set actor = 'system' where id = 3`)).toThrow(/never changed/)
    expect(() => client.exec('update audit set hash = null where id = 3')).toThrow(/never changed/)
    expect(() => client.exec('update audit set id = 99 where id = 3')).toThrow(/never changed/)
    client.close()
  })

  it.each([
    ['a changed actor', `update audit set actor = 'system' where id = 3`, { id: '3', problem: 'altered' }],
    ['a changed fact', `update audit set after = '{"name":"x"}' where id = 5`, { id: '5', problem: 'altered' }],
    ['a changed time', 'update audit set at = at + 1 where id = 1', { id: '1', problem: 'altered' }],
    ['a row taken out', 'delete from audit where id = 4', { id: '5', problem: 'missing' }],
    ['the first rows taken out', 'delete from audit where id < 3', { id: '3', problem: 'missing' }],
    [
      'a row taken out and the gap closed',
      'delete from audit where id = 4; update audit set id = id - 1 where id > 4',
      { id: '4', problem: 'reordered' },
    ],
    [
      'two rows exchanged',
      'update audit set id = 100 where id = 2; update audit set id = 2 where id = 3; update audit set id = 3 where id = 100',
      { id: '2', problem: 'reordered' },
    ],
    ['the tail cut off', 'delete from audit where id > 5', { id: '5', problem: 'truncated' }],
    ['everything cut off', 'delete from audit', { id: null, problem: 'truncated' }],
  ])('shows %s', async (_, sql, broken) => {
    const rig = await withHistory()
    tamper(rig.dataDir, sql)
    expect(await verify(rig)).toMatchObject({ intact: false, broken })
  })

  it('shows a tail that was cut off with its head set back, by the copy in the secret store', async () => {
    const rig = await withHistory(withVault)
    const before = (await rig.call('audit.get', { id: '5' })).hash
    await rig.close()
    tamper(
      rig.dataDir,
      `delete from audit where id > 5; update audit_head set entries = 5, last_id = 5, hash = '${before}'`,
    )
    const again = await startApp({ dataDir: rig.dataDir, env: { ...withVault } })
    const verdict = await verify(again)
    expect(verdict).toMatchObject({ intact: false, anchor: 'differs', broken: { id: '5', problem: 'truncated' } })
    // What is added afterwards must not hide it.
    await again.call('pool.create', { name: 'More' })
    await again.close()
    const later = await startApp({ dataDir: rig.dataDir, env: { ...withVault } })
    expect((await verify(later)).intact).toBe(false)
  })

  it('shows a chain that was rebuilt as a whole, by the copy in the secret store', async () => {
    const rig = await withHistory(withVault)
    await rig.close()
    const client = new Database(join(rig.dataDir, 'weir.db'))
    client.exec('drop trigger audit_no_update')
    const rows = client.prepare<[], Record<string, never>>('select * from audit order by id').all()
    let hash = GENESIS
    for (const row of rows) {
      const content = {
        at: row['at'],
        actor: row['actor'],
        action: row['action'],
        targetKind: row['target_kind'],
        targetId: row['target_id'],
        targetName: 'Somebody else',
        poolName: row['pool_name'],
        outcome: row['outcome'],
        errorCode: row['error_code'],
        before: row['before'] && JSON.parse(row['before']),
        after: row['after'] && JSON.parse(row['after']),
      } as unknown as Parameters<typeof chainHash>[1]
      const next = chainHash(hash, content)
      client
        .prepare(`update audit set target_name = 'Somebody else', hash = ?, previous_hash = ? where id = ?`)
        .run(next, hash, row['id'])
      hash = next
    }
    client.prepare('update audit_head set hash = ?').run(hash)
    client.close()
    const again = await startApp({ dataDir: rig.dataDir, env: { ...withVault } })
    // Link by link it is whole, so only the copy tells.
    expect(await verify(again)).toMatchObject({ intact: false, entries: 7, anchor: 'differs' })
  })

  it('agrees with its copy in the secret store from one run to the next', async () => {
    const rig = await withHistory(withVault)
    await rig.close()
    const again = await startApp({ dataDir: rig.dataDir, env: { ...withVault } })
    expect(await verify(again)).toMatchObject({ intact: true, anchor: 'matches' })
    await again.call('pool.create', { name: 'Pool 8' })
    expect(await verify(again)).toMatchObject({ intact: true, anchor: 'matches', entries: 8 })
  })

  it('takes over the rows of a version that had no chain', async () => {
    const rig = await withHistory()
    await rig.close()
    tamper(rig.dataDir, 'update audit set hash = null, previous_hash = null; delete from audit_head')
    const again = await startApp({ dataDir: rig.dataDir })
    expect(await verify(again)).toMatchObject({ intact: true, entries: 7 })
  })

  it('walks a long log in slices, with progress, and can be stopped', async () => {
    const dataDir = makeTempDir('audit')
    const { db, close } = openDatabase({ dataDir })
    const insert = db.$client.prepare(
      `insert into audit (at, actor, action, target_kind, outcome) values (1, 'operator', 'pool.update', 'pool', 'success')`,
    )
    db.$client.transaction(() => {
      for (let index = 0; index < 20_000; index += 1) insert.run()
    })()
    db.$client.exec('delete from audit_head')
    close()
    const rig = await startApp({ dataDir })
    const stopped = await rig.call('audit.verify', {})
    await rig.call('job.cancel', { id: stopped.id })
    expect((await rig.ended(stopped)).state).toBe('cancelled')
    const job = await rig.call('audit.verify', {})
    await expect.poll(async () => (await rig.call('job.get', { id: job.id })).progress.done).toBeGreaterThan(0)
    expect(await rig.ended(job)).toMatchObject({
      result: { intact: true, entries: 20_000 },
      progress: { total: 20_000 },
    })
  })
})

describe('audit.list', () => {
  it('filters by actor, action, target, outcome, date and text, and pages', async () => {
    const rig = await withHistory()
    const { call } = rig
    const [newest] = await call('pool.list', {})
    const id = newest?.id ?? ''
    await call('pool.update', { id, patch: { notes: '100% of_it' } })
    await expect(call('pool.create', { name: 'Pool 1' })).rejects.toMatchObject({ code: 'name_taken' })
    await call('settings.update', { patch: { 'routing.maxAttempts': 5 } })
    const found = async (filter: object) => (await call('audit.list', filter)).rows.map((row) => row.action)
    expect(await found({ actions: ['pool.update', 'settings.update'] })).toEqual(['settings.update', 'pool.update'])
    expect(await found({ targetKind: 'settings' })).toEqual(['settings.update'])
    expect(await found({ targetId: id })).toEqual(['pool.update', 'pool.create'])
    expect(await found({ outcome: 'failure' })).toEqual(['pool.create'])
    expect(await found({ actor: 'system' })).toEqual([])
    expect(await found({ text: 'pool 7' })).toEqual(['pool.create'])
    expect(await found({ text: '100% OF_' })).toEqual(['pool.update'])
    expect(await found({ text: 'ROUTING.MAXATTEMPTS' })).toEqual(['settings.update'])
    expect(await found({ text: '%' })).toEqual(['pool.update'])
    expect(await found({ from: Date.now() + 60_000 })).toEqual([])
    expect((await found({ to: Date.now() + 60_000 })).length).toBe(10)
    const first = await call('audit.list', { limit: 6 })
    const second = await call('audit.list', { limit: 6, before: first.next ?? '' })
    expect([...first.rows, ...second.rows].map((row) => Number(row.id))).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
    expect(second.next).toBeNull()
    await expect(call('audit.get', { id: '99' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(call('audit.get', { id: 'x' })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('names the Pool of a key as it was called then', async () => {
    const { call } = await startApp()
    const pool = await call('pool.create', { name: 'Team' })
    const { key } = await call('key.create', { poolId: pool.id, name: 'laptop' })
    await call('pool.update', { id: pool.id, patch: { name: 'Crew' } })
    await call('key.rotate', { id: key.id })
    const rows = (await call('audit.list', { targetId: key.id })).rows
    expect(rows.map((row) => [row.action, row.targetName, row.poolName])).toEqual([
      ['key.rotate', 'laptop', 'Crew'],
      ['key.create', 'laptop', 'Team'],
    ])
  })
})
