/** The desktop app as it is shipped: its own page in its own window. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExportJob } from '../../src/shared/models/export.ts'
import type { DesktopApp } from '../support/electron-seat/desktop-app.ts'
import { launchApp } from '../support/electron-seat/launch.ts'
import { makeTempDir } from '../support/temp-dir.ts'

let app: DesktopApp
let page: Page
const refused: string[] = []

beforeAll(async () => {
  app = await launchApp({ configHome: makeTempDir('page'), args: ['--port', '0', '--log-level', 'warn', '--demo'] })
  page = await app.firstWindow()
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) refused.push(message.text())
  })
  await page.getByRole('navigation').first().waitFor()
})
afterAll(() => app.close())

async function value<T>(route: string, input: object): Promise<T> {
  const result = await page.evaluate<{ ok: boolean; value: T }>(
    `weir.invoke(${JSON.stringify(route)}, ${JSON.stringify(input)})`,
  )
  expect(result).toMatchObject({ ok: true })
  return result.value
}
const click = (id: string) =>
  app.evaluate(({ Menu }, id) => Menu.getApplicationMenu()?.getMenuItemById(id)?.click(), id)
const path = async () => new URL((await app.evaluate(readAddress)).replace('app:', 'http:')).pathname

function readAddress({ BrowserWindow }: Parameters<Parameters<DesktopApp['evaluate']>[0]>[0]): string {
  return BrowserWindow.getAllWindows()[0]?.webContents.getURL() ?? ''
}

describe('the page in the window', () => {
  it('shows what the core says', async () => {
    const { gateway } = await value<{ gateway: { url: string } }>('system.status', {})
    await expect.poll(() => page.locator('body').innerText()).toContain(new URL(gateway.url).host)
  })

  it('follows the menu, forth and back', async () => {
    await click('settings')
    await expect.poll(path).toBe('/settings')
    await click('pools')
    await expect.poll(path).toBe('/pools')
    await click('back')
    await expect.poll(path).toBe('/settings')
    await click('forward')
    await expect.poll(path).toBe('/pools')
  })

  it('stays where it is when it is loaded anew', async () => {
    await click('keys')
    await expect.poll(path).toBe('/keys')
    await page.reload()
    await page.getByRole('navigation').first().waitFor()
    expect(await path()).toBe('/keys')
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain('keys')
  })

  it('hears of changes', async () => {
    await click('pools')
    await value('pool.create', { name: 'Made elsewhere' })
    await page.getByText('Made elsewhere').first().waitFor()
  })

  it('breaks no rule of its content policy', () => {
    expect(refused).toEqual([])
  })
})

describe('an export', () => {
  it('is saved where the operator says', async () => {
    const file = join(makeTempDir('export'), 'audit.jsonl')
    await app.evaluate(({ session }, file) => {
      session.defaultSession.once('will-download', (_event, item) => item.setSavePath(file))
    }, file)
    const job = await value<ExportJob>('export.start', { kind: 'audit', format: 'jsonl' })
    await page.evaluate(`{
      const link = Object.assign(document.createElement('a'), { href: ${JSON.stringify(job.path)}, download: '' })
      link.click()
    }`)
    await expect.poll(async () => (await value<ExportJob>('export.get', { id: job.id })).state).toBe('done')
    const { rows } = await value<ExportJob>('export.get', { id: job.id })
    const lines = () => readFileSync(file, 'utf8').trim().split('\n')
    await expect.poll(() => (isThere(file) ? lines().length : 0)).toBe(rows)
    expect(lines().map((line) => (JSON.parse(line) as { action: string }).action)).toContain('pool.create')
  })
})

describe('a restart by the page', () => {
  it('makes the core anew under the same window', async () => {
    const before = await value<{ startedAt: number; canRestart: boolean }>('system.status', {})
    expect(before.canRestart).toBe(true)
    await value('system.restart', {})
    const after = () => value<{ startedAt: number }>('system.status', {})
    await expect.poll(async () => (await after()).startedAt).toBeGreaterThan(before.startedAt)
    expect(app.windows()).toHaveLength(1)
    await value('pool.create', { name: 'Made after the restart' })
    await page.getByText('Made after the restart').first().waitFor()
  })
})

function isThere(file: string): boolean {
  try {
    return readFileSync(file).length > 0
  } catch {
    return false
  }
}
