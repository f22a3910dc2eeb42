import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createServicesRig, type ServicesRig } from '../../../test/support/services-rig.ts'
import { insertAudit } from '../db/audit-store.ts'

let rig: ServicesRig
beforeEach(async () => {
  rig = await createServicesRig()
})
afterEach(async () => rig.close())

function add(action: string, targetId: string | null = null): void {
  insertAudit(rig.db, {
    at: 1,
    actor: 'operator',
    action,
    targetKind: 'pool',
    targetId,
    targetName: null,
    poolName: null,
    outcome: 'success',
    errorCode: null,
    before: null,
    after: null,
  })
}

describe('audit', () => {
  it('pages through everything once, newest first, and ends', async () => {
    for (let index = 0; index < 25; index += 1) add(`a.${String(index)}`)
    const seen: string[] = []
    let before: string | undefined
    do {
      const page = await rig.services.audit.list({ limit: 10, ...(before === undefined ? {} : { before }) })
      seen.push(...page.rows.map((row) => row.action))
      before = page.next ?? undefined
    } while (before !== undefined)
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => `a.${String(24 - index)}`))
  })

  it('finds a rare row far back, by action and by target', async () => {
    rig.db.transaction(() => {
      add('rare.one', 'pool_0000000000000000')
      for (let index = 0; index < 11_000; index += 1) add('common.one')
    })
    expect((await rig.services.audit.list({ limit: 5, action: 'rare.one' })).rows.length).toBe(1)
    expect((await rig.services.audit.list({ limit: 5, targetId: 'pool_0000000000000000' })).rows.length).toBe(1)
    expect(await rig.services.audit.list({ limit: 5, action: 'none' })).toEqual({ rows: [], next: null })
    expect((await rig.services.audit.list({ limit: 5, actor: 'system' })).rows).toEqual([])
  })

  it('refuses a cursor it did not give', async () => {
    await expect(rig.services.audit.list({ limit: 5, before: 'x' })).rejects.toThrow(/before: is not a cursor/)
  })
})
