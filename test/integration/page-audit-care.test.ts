/** Verifying and exporting the audit log from its page: progress, cancel, and an honest end. */
import { readFileSync } from 'node:fs'
import type { Download, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fillAudit, tamperAudit } from '../support/audit-history.ts'
import { refuseCalls } from '../support/page-faults.ts'
import { axe, openPageRig, type PageRig } from '../support/page-rig.ts'

let rig: PageRig
let page: Page

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
  // Some of what is waited for is real work on the disk.
  page.setDefaultTimeout(40_000)
  for (const name of ['Team', 'Night, "jobs"', 'Spare']) await rig.call('pool.create', { name })
  await rig.call('pool.create', { name: 'Team' }).catch(() => 'its name is taken, which is a failure in the log')
}, 300_000)

afterAll(async () => {
  await rig?.close()
})

const verdict = () => page.getByRole('region', { name: 'Verification' })

async function exportAs(format: string): Promise<Download> {
  await page.getByRole('button', { name: 'Export' }).click()
  const coming = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: format }).click()
  return coming
}

async function textOf(download: Download): Promise<string> {
  return readFileSync(await download.path(), 'utf8')
}

describe('an export', () => {
  it('as CSV holds a line per entry, with its fields', async () => {
    await rig.go('/audit')
    const download = await exportAs('CSV')
    expect(download.suggestedFilename()).toMatch(/^weir-audit-\d{8}-\d{6}\.csv$/)
    const [head, ...lines] = (await textOf(download)).trimEnd().split('\r\n')
    expect(head).toMatch(/^id,time,actor,action,/)
    expect(lines).toHaveLength(4)
    await page.getByRole('region', { name: 'Export' }).getByText('Exported 4 entries').waitFor()
    await page.getByRole('button', { name: 'Dismiss' }).click()
    await page.getByRole('region', { name: 'Export' }).waitFor({ state: 'detached' })
  })

  it('as JSON holds what the filters match', async () => {
    await rig.go('/audit?outcome=failure')
    await page.getByRole('row', { name: /Entry/ }).first().waitFor()
    const entries = JSON.parse(await textOf(await exportAs('JSON One array'))) as { error_code: string }[]
    expect(entries.map((entry) => entry.error_code)).toEqual(['name_taken'])
    await page.getByText('Exported 1 entry').waitFor()
  })

  it('can be started from the palette', async () => {
    await rig.go('/audit')
    await page.keyboard.press('Control+k')
    await page.getByRole('textbox', { name: 'Command palette' }).fill('audit log as csv')
    const coming = page.waitForEvent('download')
    await page.locator('[data-action]', { hasText: 'Export the audit log as CSV' }).click()
    expect((await textOf(await coming)).split('\r\n').length).toBeGreaterThan(4)
  })

  it('that cannot be started says why', async () => {
    await rig.go('/audit')
    const restore = await refuseCalls(page, 'export.start', { code: 'log_busy', message: 'Too many questions wait.' })
    await page.getByRole('button', { name: 'Export' }).click()
    await page.getByRole('menuitem', { name: 'CSV' }).click()
    await page.getByRole('alert').getByText('log_busy').waitFor()
    await restore()
  })
})

describe('the log as a whole', () => {
  it('is verified: whole, where it ends, where it ends, and what that was compared with', async () => {
    await rig.go('/audit')
    await page.getByRole('button', { name: 'Verify', exact: true }).click()
    await verdict().getByText('The audit log is whole').waitFor()
    await verdict().getByText('4 entries checked').waitFor()
    const { hash } = await rig.call('audit.get', { id: '4' })
    await verdict().getByText(hash).waitFor()
    await verdict()
      .getByText(/secret store/)
      .waitFor()
    await axe(page)
    await verdict().getByRole('link', { name: 'entry 4' }).click()
    await page.waitForURL('**/audit/4')
    await page.getByRole('dialog').getByText('Failed to create Pool Team').waitFor()
  })

  it('is verified with progress, and a check that was stopped claims nothing', async () => {
    fillAudit(rig.dataDir, 150_000)
    await rig.go('/audit')
    await page.keyboard.press('Control+k')
    await page.getByRole('textbox', { name: 'Command palette' }).fill('verify')
    await page.locator('[data-action]', { hasText: 'Verify the audit log' }).click()
    const progress = page.getByRole('group', { name: 'Verifying the audit log' })
    await progress.getByText(/of 150,004 entries/).waitFor()
    await expect.poll(() => page.getByRole('button', { name: 'Verify', exact: true }).isDisabled()).toBe(true)
    await progress.getByRole('button', { name: 'Cancel' }).click()
    await verdict().getByText('The check was cancelled').waitFor()
    await verdict().getByText('It says nothing about the log').waitFor()
    await verdict().getByRole('button', { name: 'Dismiss' }).click()
    await verdict().waitFor({ state: 'detached' })
  })

  it('is exported with progress, and that can be stopped', async () => {
    await rig.go('/audit')
    const download = await exportAs('JSON lines')
    const progress = page.getByRole('group', { name: 'Exporting entries' })
    await progress.getByText(/^[\d,]+ entries, /).waitFor()
    await expect.poll(() => page.getByRole('button', { name: 'Export' }).isDisabled()).toBe(true)
    await progress.getByRole('button', { name: 'Cancel' }).click()
    const end = page.getByRole('region', { name: 'Export' })
    await end.getByText('The export was cancelled').waitFor()
    await end.getByText(/^The file is not whole/).waitFor()
    expect(await download.failure()).not.toBeNull()
  })

  it('that was tampered with names the first entry that does not hold, and why', async () => {
    tamperAudit(rig.dataDir, `update audit set actor = 'system' where id = 2`)
    await rig.go('/audit')
    await page.getByRole('button', { name: 'Verify', exact: true }).click()
    await verdict().getByText('The audit log does not hold').waitFor()
    await verdict().getByText('Its content was changed after it was written.').waitFor()
    await axe(page)
    // It stays for whoever looks later.
    await rig.go('/settings')
    await rig.go('/audit')
    await verdict().getByText('The audit log does not hold').waitFor()
    await verdict().getByRole('link', { name: 'entry 2' }).click()
    await page.waitForURL('**/audit/2')
  })

  it('that cannot be verified now says why', async () => {
    await rig.go('/audit')
    const restore = await refuseCalls(page, 'audit.verify', {
      code: 'shutting_down',
      message: 'Weir is shutting down.',
    })
    await page.getByRole('button', { name: 'Verify', exact: true }).click()
    await page.getByRole('alert').getByText('shutting_down').waitFor()
    await restore()
  })
})
