/** The settings page in real Chromium: the options, what is typed into them, saving, resetting, leaving. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { refuseCalls, holdCalls } from '../support/page-faults.ts'
import { axe, openPageRig, type PageRig } from '../support/page-rig.ts'
import { defaultSettings, settingKeys, settingsTable, type SettingKey } from '../../src/shared/settings.ts'

let rig: PageRig
let page: Page

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
}, 300_000)

afterAll(async () => {
  await rig?.close()
})

const field = (key: SettingKey): Locator => page.getByLabel(settingsTable[key].title, { exact: true })
/** The whole line of a setting. */
const line = (key: SettingKey): Locator => page.locator(`[id="setting-${key}"]`)
const bar = () => page.getByRole('region', { name: 'Unsaved changes' })
const save = () => bar().getByRole('button', { name: 'Save' })
const where = () => new URL(page.url()).pathname + new URL(page.url()).search

async function valueOf(key: SettingKey): Promise<unknown> {
  return (await rig.call('settings.list', {})).find((row) => row.key === key)?.value
}

async function pick(label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label, exact: true }).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}

describe('the options', () => {
  it('show every setting with its default, range and effect', async () => {
    await rig.go('/settings')
    await page.getByText(`${settingKeys.length} settings`).waitFor()
    for (const key of settingKeys) {
      await line(key).getByText(key, { exact: true }).waitFor()
      await line(key).getByText(settingsTable[key].affects).waitFor()
      await line(key)
        .getByText(/^Default /)
        .waitFor()
    }
    await line('gateway.idleTimeoutMs').getByText('Default 5 min · 100 ms to 1 h').waitFor()
    await line('gateway.maxBodyBytes').getByText('Default 64 MB · 1 KB to 1 GB').waitFor()
    await line('gateway.connectTimeoutMs').getByText('Needs a restart.').waitFor()
  })

  it('that the start fixes are read-only, with the reason', async () => {
    await rig.go('/settings?show=fixed')
    await page.getByText(`2 of ${settingKeys.length} settings`).waitFor()
    await line('gateway.port').getByText('Fixed by --port for this run').waitFor()
    await expect.poll(() => field('gateway.port').getAttribute('readonly')).not.toBeNull()
    await expect.poll(() => line('gateway.port').getByRole('button').count()).toBe(0)
  })

  it('of sharing are read-only too where the start fixes them', async () => {
    await rig.go('/settings?tab=sharing')
    await page.getByText('Fixed by --port for this run').waitFor()
    await expect.poll(() => page.getByRole('textbox', { name: 'Port' }).getAttribute('readonly')).not.toBeNull()
    await page.getByText('The address or the port is fixed by a flag or variable of this start.').waitFor()
  })

  it('are found by typing, by group and by state, in the address', async () => {
    await rig.go('/settings')
    await line('routing.maxAttempts').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('backup')
    await page.getByText('No settings fit the filters').waitFor()
    await expect
      .poll(() => page.getByRole('link', { name: 'Backups' }).getAttribute('href'))
      .toBe('/settings?tab=backups')
    await page.getByRole('searchbox').fill('workspace')
    await line('privacy.dropWorkspaceMetadata').waitFor()
    await page.getByText(`1 of ${settingKeys.length} settings`).waitFor()
    expect(where()).toBe('/settings?q=workspace')
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await pick('Group', 'Routing')
    await page.waitForURL('**/settings?group=routing')
    await line('gateway.host').waitFor({ state: 'detached' })
    await line('routing.maxAttempts').waitFor()
    await pick('Show', 'Not the default')
    await page.locator('[data-state="filtered"]').getByRole('button', { name: 'Clear filters' }).click()
    await line('gateway.host').waitFor()
    expect(where()).toBe('/settings')
  })

  it('load with rows of the right shape, and say why when they cannot', async () => {
    const release = await holdCalls(page, 'settings.list')
    await rig.go('/settings')
    await page.getByRole('status', { name: 'Loading' }).waitFor()
    await release()
    await line('gateway.host').waitFor()
    const restore = await refuseCalls(page, 'settings.list', { code: 'disk_full', message: 'The disk is full.' })
    await page.reload()
    await page.getByRole('alert').getByText('The settings could not be loaded').waitFor()
    await restore()
    await page.getByRole('button', { name: 'Try again' }).click()
    await line('gateway.host').waitFor()
  })
})

describe('what is typed', () => {
  it.each<[SettingKey, string, RegExp]>([
    ['gateway.idleTimeoutMs', '30', /Give a unit/],
    ['gateway.idleTimeoutMs', '2 h', /between 100 ms and 1 h/],
    ['gateway.idleTimeoutMs', 'soon', /Must be a time such as/],
    ['gateway.maxBodyBytes', '1 B', /between 1 KB and 1 GB/],
    ['routing.maxAttempts', '', /Must not be empty/],
    ['routing.maxAttempts', '2.5', /Must be a whole number/],
    ['routing.maxAttempts', '21', /between 1 and 20/],
    ['gateway.host', 'http://lan', /Must be an address or a host name/],
  ])('%s: %j', async (key, typed, problem) => {
    await rig.go('/settings')
    await field(key).fill(typed)
    await line(key).getByText(problem).waitFor()
    await expect.poll(() => field(key).getAttribute('aria-invalid')).toBe('true')
    await expect.poll(() => save().isDisabled()).toBe(true)
    await bar().getByText(problem).waitFor()
    await bar().getByRole('button', { name: 'Discard' }).click()
    await bar().waitFor({ state: 'detached' })
    expect(await valueOf(key)).toEqual(defaultSettings[key])
  })

  it('must fit together, and the bar leads to what does not', async () => {
    await rig.go('/settings')
    await field('routing.maxCooldownMs').fill('5 s')
    await line('routing.maxCooldownMs').getByText('It is shorter than routing.cooldownMs').waitFor()
    await expect.poll(() => save().isDisabled()).toBe(true)
    await field('gateway.host').focus()
    await bar().getByRole('button', { name: 'Longest rest' }).click()
    await page.waitForFunction(() => document.activeElement?.id === 'field-routing.maxCooldownMs')
    await field('routing.cooldownMs').fill('1 s')
    await line('routing.maxCooldownMs').getByText('It is shorter').waitFor({ state: 'detached' })
    await expect.poll(() => save().isDisabled()).toBe(false)
    await bar().getByRole('button', { name: 'Discard' }).click()
  })

  it('into a list is checked entry by entry', async () => {
    await rig.go('/settings')
    const hosts = field('gateway.allowedHosts')
    await hosts.fill('http://gateway.lan')
    await hosts.press('Enter')
    await line('gateway.allowedHosts').getByText('“http://gateway.lan” is no host name').waitFor()
    await hosts.press('Backspace')
    await bar().waitFor({ state: 'detached' })
    await hosts.fill('gateway.lan')
    await hosts.press('Enter')
    await save().click()
    await page.getByText('Saved 1 setting').waitFor()
    expect(await valueOf('gateway.allowedHosts')).toEqual(['gateway.lan'])
    await rig.call('settings.reset', {})
  })

  it('that the core refuses is shown at its field', async () => {
    await rig.go('/settings')
    await field('routing.maxAttempts').fill('4')
    const fields = ['patch.routing.maxAttempts: is refused today']
    const restore = await refuseCalls(page, 'settings.update', {
      code: 'invalid_input',
      message: `${fields[0]}.`,
      details: { fields },
    })
    await save().click()
    await line('routing.maxAttempts').getByText('It is refused today').waitFor()
    await restore()
    await field('routing.maxAttempts').fill('5')
    await save().click()
    await page.getByText('Saved 1 setting').waitFor()
    expect(await valueOf('routing.maxAttempts')).toBe(5)
  })
})

describe('saving', () => {
  it('is reviewed, done for all at once, in force for new work, and can be undone', async () => {
    await rig.call('settings.reset', {})
    await rig.go('/settings')
    await field('gateway.idleTimeoutMs').fill('90 s')
    await field('routing.maxAttempts').fill('7')
    await page.getByText('Drop workspace metadata').click()
    await bar().getByText('3 unsaved changes').waitFor()
    await bar().getByRole('button', { name: 'Review' }).click()
    const dialog = page.getByRole('dialog', { name: 'Save 3 changes?' })
    const attempts = dialog.getByRole('row').filter({ hasText: 'Attempts per request' })
    await attempts.getByText('3 upstreams').waitFor()
    await attempts.getByText('7 upstreams').waitFor()
    await dialog.getByText('90 s').waitFor()
    await axe(page)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved 3 settings').waitFor()
    await bar().waitFor({ state: 'detached' })
    expect(await valueOf('gateway.idleTimeoutMs')).toBe(90_000)
    expect(await valueOf('privacy.dropWorkspaceMetadata')).toBe(false)
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Undone').waitFor()
    expect(await valueOf('gateway.idleTimeoutMs')).toBe(300_000)
    expect(await valueOf('privacy.dropWorkspaceMetadata')).toBe(true)
    await expect.poll(() => field('gateway.idleTimeoutMs').inputValue()).toBe('5 min')
  })

  it('keeps what is typed on the way through the tabs, and warns before it is left', async () => {
    await rig.go('/settings')
    await field('routing.maxAttempts').fill('8')
    await page.getByRole('tab', { name: 'About' }).click()
    await bar().getByText('1 unsaved change').waitFor()
    await page.getByRole('link', { name: 'Pools' }).click()
    const dialog = page.getByRole('dialog', { name: 'Leave without saving?' })
    await dialog.getByRole('button', { name: 'Stay' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('tab', { name: 'Options' }).click()
    await expect.poll(() => field('routing.maxAttempts').inputValue()).toBe('8')
    await page.getByRole('link', { name: 'Pools' }).click()
    await dialog.getByRole('button', { name: 'Discard changes' }).click()
    await page.waitForURL('**/pools')
    expect(await valueOf('routing.maxAttempts')).toBe(3)
  })

  it('shows what others change meanwhile, and keeps what is typed', async () => {
    await rig.go('/settings')
    await field('routing.maxAttempts').fill('9')
    await rig.call('settings.update', { patch: { 'gateway.keepAliveMs': 20_000 } })
    await page.waitForFunction(
      () => document.querySelector<HTMLInputElement>('[id="field-gateway.keepAliveMs"]')?.value === '20 s',
    )
    await expect.poll(() => field('routing.maxAttempts').inputValue()).toBe('9')
    await bar().getByRole('button', { name: 'Discard' }).click()
  })
})

describe('resetting', () => {
  it('puts one setting back, as a change like any other', async () => {
    await rig.call('settings.update', { patch: { 'routing.maxAttempts': 6 } })
    await rig.go('/settings?q=attempts')
    await line('routing.maxAttempts').getByRole('button', { name: 'Reset Attempts per request to the default' }).click()
    await expect.poll(() => field('routing.maxAttempts').inputValue()).toBe('3')
    await save().click()
    await page.getByText('Saved 1 setting').waitFor()
    expect(await valueOf('routing.maxAttempts')).toBe(3)
  })

  it('puts all back once that is confirmed, and can be undone', async () => {
    await rig.call('settings.update', { patch: { 'routing.maxAttempts': 6, 'gateway.keepAliveMs': 20_000 } })
    await rig.go('/settings?show=changed')
    await page.getByText(`2 of ${settingKeys.length} settings`).waitFor()
    await page.getByRole('button', { name: 'Reset all' }).click()
    const dialog = page.getByRole('dialog', { name: 'Put 2 settings back to the default?' })
    await dialog.getByRole('row').filter({ hasText: 'Keep-alive of streams' }).getByText('15 s').waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    expect(await valueOf('routing.maxAttempts')).toBe(6)
    await page.getByRole('button', { name: 'Reset all' }).click()
    await dialog.getByRole('button', { name: 'Reset' }).click()
    await page.getByText('2 settings back at the default').waitFor()
    expect(await valueOf('routing.maxAttempts')).toBe(3)
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Undone').waitFor()
    expect(await valueOf('routing.maxAttempts')).toBe(6)
    await rig.call('settings.reset', {})
    await page.getByText('No settings fit the filters').waitFor()
    await expect.poll(() => page.getByRole('button', { name: 'Reset all' }).isDisabled()).toBe(true)
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
      await rig.go('/settings')
      await field('routing.maxAttempts').fill('99')
      await bar().waitFor()
      await axe(page)
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      await bar().getByRole('button', { name: 'Discard' }).click()
    }
  })
})
