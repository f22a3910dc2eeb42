/**
 * `npm run screenshots [-- name …]`: every page and the main dialogs, of a house in use and of an empty one, in both
 * schemes and two window sizes, into `screenshots/`. With names, only the views whose names begin so. `--readme` also
 * renews the four of the README in `docs/images/`. Everything runs on this machine, in a data directory that is thrown away.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { openBrowser } from '../test/support/browser.ts'
import { afternoon, furnish, type House } from '../test/support/house.ts'
import { openPageRig, sendRequest, type PageRig } from '../test/support/page-rig.ts'
import { startSimulator } from '../test/support/simulator.ts'
import { makeTempDir } from '../test/support/temp-dir.ts'
import { buildIfStale } from './build-if-stale.ts'
import { emptyViews, houseViews, type Subjects, type View } from './screenshot-views.ts'

const root = join(import.meta.dirname, '..')
const target = join(root, 'screenshots')
const sizes = [
  { width: 1280, height: 800 },
  { width: 900, height: 600 },
] as const
const schemes = ['light', 'dark'] as const
/** In the README, from the large size. */
const readme = [
  ['overview', 'light'],
  ['keys', 'light'],
  ['request', 'dark'],
  ['pool', 'dark'],
] as const

const { values, positionals } = parseArgs({ allowPositionals: true, options: { readme: { type: 'boolean' } } })
const isWanted = ({ name }: View) => positionals.length === 0 || positionals.some((start) => name.startsWith(start))
const failures: string[] = []
if (process.env['WEIR_TEST_PAGE'] === undefined) await buildIfStale(root, console.log)
if (positionals.length === 0) rmSync(target, { recursive: true, force: true })
await shootHouse()
await shootEmpty()
if (values.readme === true) await renewReadme()
for (const line of failures) console.error(line)
process.exitCode = failures.length === 0 ? 0 : 1

async function shootHouse(): Promise<void> {
  const now = Date.now()
  const { zone, offsetHours } = afternoon(now)
  const dataDir = makeTempDir('screenshots')
  const house = await furnish(dataDir, { now, requests: 9_000, offsetHours, zone })
  const account = await startSimulator({ rateLimitHeaders: true, models: ['gemma-4-27b', 'qwen3-30b'] })
  const rig = await openPageRig({ dataDir, zone })
  try {
    const macMini = await rig.call('upstream.create', {
      kind: 'openai-compatible',
      name: 'Mac mini',
      baseUrl: account.baseUrl('sim'),
      secret: { apiKey: account.token },
    })
    await rig.call('upstream.assign', {
      id: macMini.id,
      pools: [{ poolId: house.pools['Home lab'] ?? '', priority: 1, weight: 1, enabled: true }],
    })
    const upstreams = { ...house.upstreams, 'Mac mini': macMini.id }
    await lendTokens(rig, house.keys['Ada laptop'] ?? '')
    const requests = await makeTraffic(rig, house.secrets, upstreams)
    await limitKeys(rig, house.keys)
    await shootAll(rig, houseViews({ ...house, upstreams, requests }))
  } finally {
    await rig.close()
    await account.close()
  }
}

/** Requests of now, so that there is something live: one that needed two upstreams, one that failed, some that went well. */
async function makeTraffic(
  rig: PageRig,
  secrets: Readonly<Record<string, string>>,
  upstreams: Readonly<Record<string, string>>,
): Promise<Subjects['requests']> {
  const [laptop = '', home = ''] = [secrets['Grace desktop'], secrets['Home assistant']]
  const id = upstreams['OpenAI team account'] ?? ''
  for (let count = 0; count < 6; count += 1) await sendRequest(rig, home, { model: 'qwen3-30b' })
  for (let count = 0; count < 5; count += 1) await sendRequest(rig, laptop, { model: 'gpt-5.1-codex' })
  for (const session of ['review-1842', 'review-1842', 'review-1851', 'migration', 'migration', 'migration'])
    await sendRequest(rig, laptop, { model: 'gpt-5.1', prompt_cache_key: session })
  await sendRequest(rig, home, { model: 'qwen3-30b', prompt_cache_key: 'evening-lights' })
  await rig.call('upstream.update', { id, patch: { simulator: { fault: 'status', faultStatus: 503 } } })
  await sendRequest(rig, laptop, { model: 'gpt-5.1-codex', reasoning_effort: 'high' })
  const newest = await rig.call('request.list', { limit: 1 })
  await rig.call('upstream.update', { id, patch: { simulator: { fault: 'none' } } })
  await sendRequest(rig, laptop, { model: 'gpt-9' })
  // It rests for some seconds after the failure; the pages show a house in which all is well.
  while ((await rig.call('upstream.get', { id })).health.state !== 'ready') await setTimeout(250)
  const failed = await rig.call('request.list', { state: ['failed'], limit: 1 })
  return { retried: newest.rows[0]?.id ?? '', failed: failed.rows[0]?.id ?? '' }
}

/** One that was used, a narrow one, one that was revoked. */
async function lendTokens({ call, gatewayUrl }: PageRig, keyId: string): Promise<void> {
  const revoked = await call('token.create', { keyId, name: 'Demo for the fair' })
  await call('token.revoke', { id: revoked.token.id })
  const { secret } = await call('token.create', { keyId, name: 'Nightly refactoring', ttlSeconds: 28_800 })
  for (let count = 0; count < 3; count += 1) await sendRequest({ gatewayUrl }, secret, { model: 'gpt-5.1-codex' })
  await call('token.create', {
    keyId,
    name: 'Guest in the workshop',
    modelPolicy: { mode: 'selected', models: ['gpt-5.1-mini'] },
    limits: { requestsPerHour: 60, budgetTotal: 5_000_000_000 },
    ipAllowlist: ['192.168.1.0/24'],
  })
}

/** Budgets that are nearly used up, and other limits: by what the keys have used of late. */
async function limitKeys({ call }: PageRig, keys: House['keys']): Promise<void> {
  const limit = async (name: string, share: number, limits: object) => {
    const id = keys[name] ?? ''
    const spend = await call('key.spend', { id })
    const cents = (nanos: number) => Math.max(1, Math.ceil(nanos / 10_000_000)) * 10_000_000
    const today = spend.days.at(-1)?.costNanos ?? 0
    const month = spend.days.filter(({ day }) => day.slice(0, 7) === spend.days.at(-1)?.day.slice(0, 7))
    const spent = month.reduce((sum, { costNanos }) => sum + costNanos, 0)
    const budgets = { budgetPerDay: cents(today / share), budgetPerMonth: cents(spent / (share * 0.75)) }
    await call('key.update', { id, patch: { limits: { ...budgets, ...limits } } })
    return { id, budgets }
  }
  const { id, budgets } = await limit('Ada laptop', 0.91, { requestsPerMinute: 60, tokensPerDay: 4_000_000 })
  await limit('Grace desktop', 0.85, { concurrentRequests: 4 })
  await limit('Code review bot', 1.04, {})
  await call('key.update', {
    id: keys['Nightly evaluation'] ?? '',
    patch: { limits: { requestsPerDay: 500, outputTokensPerRequest: 8_000 } },
  })
  const addNanos = Math.ceil(budgets.budgetPerDay / 40_000_000) * 10_000_000
  const until = Date.now() + 3 * 3_600_000
  await call('key.raiseBudget', { id, overrideId: null, field: 'budgetPerDay', addNanos, until })
  // Away from the requests, so a moment later.
  while ((await call('notice.list', { limit: 1 })).unread < 3) await setTimeout(250)
  const oldest = (await call('notice.list', {})).rows.at(-1)
  if (oldest !== undefined) await call('notice.mark', { ids: [oldest.id], read: true })
}

async function shootEmpty(): Promise<void> {
  if (!emptyViews.some(isWanted)) return
  const rig = await openPageRig()
  try {
    await shootAll(rig, emptyViews)
  } finally {
    await rig.close()
  }
}

async function shootAll(rig: PageRig, views: readonly View[]): Promise<void> {
  for (const scheme of schemes) {
    for (const size of sizes) {
      await rig.page.emulateMedia({ colorScheme: scheme })
      await rig.page.setViewportSize(size)
      const folder = join(target, `${scheme}-${size.width}`)
      mkdirSync(folder, { recursive: true })
      for (const view of views.filter(isWanted)) await shoot(rig, view, folder)
      console.log(folder)
    }
  }
}

async function shoot(rig: PageRig, { name, path, act, after }: View, folder: string): Promise<void> {
  try {
    await rig.go(path)
    await settle(rig.page)
    await act?.(rig.page)
    await settle(rig.page)
    await rig.page.screenshot({ path: join(folder, `${name}.png`) })
    await after?.(rig.page)
  } catch (error) {
    failures.push(`${folder}/${name}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`)
  }
}

/** Nothing loads, nothing is pending, and the last of it is drawn. */
async function settle(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const isLoading = document.querySelector('[data-state="loading"], .mantine-Skeleton-root, .mantine-Loader-root')
    return isLoading === null
  })
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(() => globalThis.setTimeout(resolve, 150)))
      }),
  )
}

/** As WebP, which Chromium itself writes: half the size of a PNG. */
async function renewReadme(): Promise<void> {
  const images = join(root, 'docs', 'images')
  mkdirSync(images, { recursive: true })
  const browser = await openBrowser()
  try {
    const page = await browser.newPage()
    for (const [name, scheme] of readme) {
      const png = readFileSync(join(target, `${scheme}-1280`, `${name}.png`)).toString('base64')
      const webp = await page.evaluate(toWebp, png)
      writeFileSync(join(images, `${name}.webp`), Buffer.from(webp, 'base64'))
    }
  } finally {
    await browser.close()
  }
}

async function toWebp(png: string): Promise<string> {
  const image = new Image()
  image.src = `data:image/png;base64,${png}`
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = image.width
  canvas.height = image.height
  canvas.getContext('2d')?.drawImage(image, 0, 0)
  return canvas.toDataURL('image/webp', 0.9).slice('data:image/webp;base64,'.length)
}
