/** The data directory on the settings page: sizes, retention, compaction, backups, and what waits for a restart. */
import Database from 'better-sqlite3'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insertOldRequests } from '../support/old-requests.ts'
import { changeAnswers, refuseCalls } from '../support/page-faults.ts'
import { axe, openPageRig, type PageRig } from '../support/page-rig.ts'

let rig: PageRig
let page: Page

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
  // Some of what is waited for is real work on the disk.
  page.setDefaultTimeout(40_000)
  await rig.call('pool.create', { name: 'Team' })
}, 300_000)

afterAll(async () => {
  await rig?.close()
})

function fill(count: number, days: number): void {
  const client = new Database(join(rig.dataDir, 'weir.db'))
  try {
    insertOldRequests({ $client: client }, { count, days, now: Date.now(), state: 'failed' })
  } finally {
    client.close()
  }
}

const region = (name: string) => page.getByRole('region', { name, exact: true })
const dialog = () => page.getByRole('dialog')
const keepDays = () => page.getByLabel('Keep requests for', { exact: true })
const remaining = async () => (await rig.call('retention.preview', {})).remaining

async function actOn(id: string, act: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${id}` }).click()
  await page.getByRole('menuitem', { name: act, exact: true }).click()
}

describe('the data directory', () => {
  it('is named with its sizes and what it holds', async () => {
    fill(400, 60)
    await rig.go('/settings?tab=data')
    await region('Sizes').getByText(rig.dataDir, { exact: true }).waitFor()
    await region('Sizes')
      .getByRole('link', { name: /Requests\s*400/ })
      .waitFor()
    await region('What the database holds')
      .getByRole('row', { name: 'Attempts of failed or repeated requests 800' })
      .waitFor()
    await region('Sizes').getByText('Free on the disk').waitFor()
  })

  it('says why it cannot be read', async () => {
    const restore = await refuseCalls(page, 'data.status', { code: 'disk_full', message: 'The disk is full.' })
    await rig.go('/settings?tab=data')
    await page.getByRole('alert').getByText('The data directory could not be loaded').waitFor()
    await restore()
    await page.getByRole('button', { name: 'Try again' }).click()
    await region('Sizes').waitFor()
  })
})

describe('retention', () => {
  it('shows what a rule would delete before it is saved, and takes no rule that makes no sense', async () => {
    await rig.go('/settings?tab=data')
    await page.getByText('By this rule nothing would be deleted now; all 400 requests stay.').waitFor()
    await page.getByText('The saved rule keeps everything, so no run is due.').waitFor()
    await expect.poll(() => page.getByRole('button', { name: 'Delete now' }).isDisabled()).toBe(true)
    await keepDays().fill('a while')
    await page.getByText('Must be a number').first().waitFor()
    await page.getByText('Correct the values to see what they would delete.').waitFor()
    await keepDays().fill('30')
    await page.getByText(/By this rule, which is not saved, 20\d of 400 requests would be deleted now/).waitFor()
  })

  it('deletes that once it is confirmed', async () => {
    await rig.go('/settings?tab=data')
    await keepDays().fill('30')
    await page.getByText('which is not saved').waitFor()
    await page.getByRole('button', { name: 'Delete now' }).click()
    await dialog().getByText('This cannot be undone').waitFor()
    await dialog().getByText('The rule itself is not saved by this.').waitFor()
    await axe(page)
    await dialog().getByRole('button', { name: 'Cancel' }).click()
    expect(await remaining()).toBe(400)
    await page.getByRole('button', { name: 'Delete now' }).click()
    await dialog().getByRole('button', { name: 'Delete' }).click()
    await region('Deleting requests')
      .getByText(/^Deleted 20\d requests$/)
      .waitFor()
    await page.getByText('nothing would be deleted now').waitFor()
    expect(await remaining()).toBeLessThan(200)
  })

  it('is saved as a rule, and says when it runs', async () => {
    await rig.go('/settings?tab=data')
    await keepDays().fill('31')
    const bar = region('Unsaved changes')
    await bar.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved 1 setting').waitFor()
    await page.getByText(/^Next run by the saved rule: (?:in \d+|within a|in a) /).waitFor()
    await rig.call('settings.reset', {})
    await page.getByText('The saved rule keeps everything, so no run is due.').waitFor()
  })

  it('shows how far it is and can be stopped, whoever started it', async () => {
    fill(40_000, 50)
    await rig.go('/settings?tab=data')
    await region('Sizes').waitFor()
    await rig.call('retention.apply', { rule: { days: 1 } })
    const progress = page.getByRole('group', { name: 'Deleting old requests' })
    await progress.getByText(/of [\d,]+ requests/).waitFor()
    await progress.getByRole('button', { name: 'Cancel' }).click()
    await region('Deleting requests').getByText('Deleting was cancelled').waitFor()
    await region('Deleting requests').getByText('What was deleted until then is gone').waitFor()
  })
})

describe('compacting', () => {
  it('gives unused space back, and has nothing to do then', async () => {
    await rig.go('/settings?tab=data')
    await page.getByRole('button', { name: 'Compact now' }).click()
    await region('Compaction')
      .getByText(/^Freed [\d.]+ [KM]B$/)
      .waitFor()
    await page.getByText('There is nothing to give back.').waitFor()
    await expect.poll(() => page.getByRole('button', { name: 'Compact now' }).isDisabled()).toBe(true)
  })

  it('waits for the next start with a file of an earlier version, and can be taken back', async () => {
    const restore = await changeAnswers(page, 'data.status', (status) => ({
      ...status,
      database: { ...(status['database'] as object), compaction: 'next-start' },
      nextStart: { restore: null, compact: true },
    }))
    await rig.go('/settings?tab=data')
    await expect.poll(() => page.getByRole('button', { name: 'Compact at the next start' }).isDisabled()).toBe(true)
    await page.getByText('the first time it needs a start of Weir').waitFor()
    const waiting = region('Waiting for a restart')
    await waiting.getByText('The database is compacted.').waitFor()
    await restore()
    await waiting.getByRole('button', { name: 'Take back' }).click()
    await waiting.waitFor({ state: 'detached' })
  })
})

describe('backups', () => {
  const table = () => page.getByRole('table', { name: 'Backups' })
  const newest = async () => (await rig.call('backup.list', {}))[0]?.id ?? ''

  it('are explained while there is none, and made by one click', async () => {
    await rig.go('/settings?tab=backups')
    await page.getByText('No backups yet').waitFor()
    const restore = await refuseCalls(page, 'backup.create', { code: 'disk_full', message: 'The disk is full.' })
    await page.getByRole('button', { name: 'Back up now' }).click()
    await page.getByRole('alert').getByText('disk_full').waitFor()
    await restore()
    await page.getByRole('button', { name: 'Back up now' }).click()
    await region('Backup')
      .getByText(/^Made backup-/)
      .waitFor()
    await region('Backup').getByText('Made by this version.').waitFor()
    await table().getByText('Made by you').waitFor()
    await table().getByText(join(rig.dataDir, 'backups')).waitFor()
  })

  it('are checked, from the list and wherever they lie', async () => {
    const id = await newest()
    await rig.go('/settings?tab=backups')
    await actOn(id, 'Check')
    await region('Check').getByText(`${id} is whole`).waitFor()
    await region('Check')
      .getByText(/1 Pool, 0 upstreams, 0 keys/)
      .waitFor()
    const path = page.getByRole('textbox', { name: 'Path of the file' })
    const check = page.getByRole('button', { name: 'Check', exact: true })
    await expect.poll(() => check.isDisabled()).toBe(true)
    await page.getByText('Give the whole path of a file on this machine.').waitFor()
    await path.fill('backups/weir.db')
    await check.click()
    await page.getByText('must begin at the root of the file system').waitFor()
    await path.fill(join(rig.dataDir, 'vault.json'))
    await check.click()
    await region('Check')
      .getByText(/vault\.json is not usable$/)
      .waitFor()
  })

  it('are deleted once that is confirmed', async () => {
    await rig.go('/settings?tab=backups')
    await page.getByRole('button', { name: 'Back up now' }).click()
    await region('Backup').waitFor()
    const id = await newest()
    await actOn(id, 'Delete')
    await dialog().getByText('this cannot be undone').waitFor()
    await dialog().getByRole('button', { name: 'Delete' }).click()
    await page.getByText(`Deleted ${id}`).waitFor()
    await table().getByText(id).waitFor({ state: 'detached' })
  })

  it('are planned for the next start with what that does, and taken back', async () => {
    const id = await newest()
    await rig.go('/settings?tab=backups')
    await actOn(id, 'Restore at the next start')
    await dialog().getByText('works again with its old secret').waitFor()
    await dialog().getByText('The database of today is kept as a backup of its own').waitFor()
    await axe(page)
    await dialog().getByRole('button', { name: 'Check and plan it' }).click()
    const waiting = region('Waiting for a restart')
    await waiting.getByText(`Backup ${id} takes the place of the database`).waitFor()
    await region('Restore').getByText(`The next start restores ${id}`).waitFor()
    // What the next start needs cannot be deleted, and the dialog says so.
    await actOn(id, 'Delete')
    await dialog().getByRole('button', { name: 'Delete' }).click()
    await dialog().getByRole('alert').getByText('The next start restores this backup').waitFor()
    await dialog().getByRole('button', { name: 'Cancel' }).click()
    await waiting.getByRole('button', { name: 'Take back' }).click()
    await waiting.waitFor({ state: 'detached' })
    await expect.poll(async () => (await rig.call('data.status', {})).nextStart.restore).toBeNull()
  })

  it('come back with the restart that the page offers', async () => {
    const id = await newest()
    await rig.call('pool.create', { name: 'Made after the backup' })
    await rig.go('/settings?tab=backups')
    await actOn(id, 'Restore at the next start')
    await dialog().getByRole('button', { name: 'Check and plan it' }).click()
    const waiting = region('Waiting for a restart')
    await waiting.getByRole('button', { name: 'Restart now' }).click()
    await dialog().getByRole('button', { name: 'Restart' }).click()
    await waiting.waitFor({ state: 'detached' })
    await table().getByText('Set aside by a restore').waitFor()
    await expect.poll(async () => (await rig.call('pool.list', {})).map((pool) => pool.name)).toEqual(['Team'])
  })
})

describe('a setting that needs a restart', () => {
  it('says so when it is saved, and is in force after the restart', async () => {
    await rig.go('/settings')
    await page.getByLabel('Wait for a connection', { exact: true }).fill('5 s')
    await region('Unsaved changes').getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved 1 setting; one waits for a restart').waitFor()
    const waiting = region('Waiting for a restart')
    await waiting.getByText('Wait for a connection: 10 s becomes 5 s.').waitFor()
    await page.getByText('Waits for a restart; 10 s is in force').waitFor()
    await axe(page)
    await waiting.getByRole('button', { name: 'Restart now' }).click()
    await dialog().getByRole('button', { name: 'Restart' }).click()
    await waiting.waitFor({ state: 'detached' })
    const row = (await rig.call('settings.list', {})).find(({ key }) => key === 'gateway.connectTimeoutMs')
    expect(row).toMatchObject({ value: 5_000, active: 5_000, pendingRestart: false })
  })
})

describe('accessibility', () => {
  it.each(['light', 'dark'] as const)('in the %s scheme, at both sizes', async (scheme) => {
    await page.emulateMedia({ colorScheme: scheme })
    for (const size of [
      { width: 1280, height: 800 },
      { width: 900, height: 600 },
    ]) {
      await page.setViewportSize(size)
      for (const [tab, shown] of [
        ['data', 'Sizes'],
        ['backups', 'Backups'],
      ] as const) {
        await rig.go(`/settings?tab=${tab}`)
        await region(shown)
          .or(page.getByRole('table', { name: shown }))
          .waitFor()
        await axe(page)
        await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      }
    }
  })
})
