/**
 * `node bench/pages.ts`: the operator's pages over a million requests, 500 keys and 50 Pools, in a real browser against
 * the built program in a process of its own. First paint of every page, answers to filters over the page's own way, and
 * whether scrolling the log or a jump to its newest ever shows a blank row. Prints Markdown. `--requests N` for a smaller
 * log, `--only paint,filters` for some of it, `--pages /,/prices` for the first paint of some pages.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { openBrowser } from '../test/support/browser.ts'
import { filtersFor } from './list-filters.ts'
import { spawnNode, stopProcess } from './machine.ts'
import { noteContent, paint, watchRows, type Painted } from './page-probe.ts'
import { quantile } from './quantile.ts'
import { type Call, signIn } from './rpc-client.ts'
import { seedLists, type SeededLists } from './seed-lists.ts'
import { adminUrlOf, WEIR_ENV, weirArgs } from './weir.ts'

const PARTS = ['paint', 'filters', 'scrolling'] as const
const PAINTS = 7
const ROUNDS = 15
const PAINT_LIMIT_MS = 1_000
const FILTER_LIMIT_MS = 150

async function pathsOf(call: Call): Promise<string[]> {
  const { rows } = await call('request.list', { limit: 200 })
  const [request] = rows
  const audit = await call('audit.list', { limit: 1 })
  const tables = ['/pools', '/upstreams', '/keys', '/prices', '/requests', '/sessions', '/alerts', '/audit']
  const lists = ['/', '/welcome', ...tables, '/settings']
  const records = ['/pools/pool_bench_7', '/upstreams/ups_bench_7', '/keys/key_bench_7']
  const forms = ['/pools/new', '/upstreams/new', '/keys/new', '/keys/key_bench_7/edit']
  const entries = [
    ...(request === undefined ? [] : [`/requests/${request.id}`]),
    ...audit.rows.map(({ id }) => `/audit/${id}`),
  ]
  return [...lists, ...records, ...forms, ...entries, '/requests?key=key_bench_7&state=failed']
}

async function measurePaints(page: Page, origin: string, paths: readonly string[]): Promise<string[]> {
  const lines: string[] = []
  for (const path of paths) {
    const all: Painted[] = []
    // The first one warms what a running program has warm.
    for (let round = 0; round <= PAINTS; round += 1) {
      const painted = await paint(page, `${origin}${path}`)
      if (round > 0) all.push(painted)
    }
    const contents = all.map(({ content }) => content)
    const figures = [
      quantile(
        all.map(({ first }) => first),
        0.5,
      ),
      quantile(contents, 0.5),
      Math.max(...contents),
    ]
    lines.push(`| \`${path}\` | ${figures.map((ms) => Math.round(ms)).join(' | ')} |`)
    worst.paint = Math.max(worst.paint, quantile(contents, 0.5))
  }
  return lines
}

const worst = { paint: 0, filter: 0, blank: 0 }

async function measureFilters(call: Call, seeded: SeededLists): Promise<string[]> {
  const lines: string[] = []
  for (const [name, filter] of Object.entries(filtersFor(seeded))) {
    const times: number[] = []
    let calls = 0
    for (let round = 0; round < ROUNDS; round += 1) {
      for (let before: string | null | undefined; before !== null;) {
        const startedAt = performance.now()
        const page = await call('request.list', { ...filter, ...(before === undefined ? {} : { before }) })
        times.push(performance.now() - startedAt)
        if (round === 0) calls += 1
        before = page.rows.length > 0 ? null : page.next
      }
    }
    const figures = [quantile(times, 0.5), quantile(times, 0.95), Math.max(...times)].map((ms) => ms.toFixed(1))
    lines.push(`| ${name} | ${calls} | ${figures.join(' | ')} |`)
    worst.filter = Math.max(worst.filter, quantile(times, 0.95))
  }
  return lines
}

async function measureScrolling(page: Page, origin: string): Promise<string[]> {
  await paint(page, `${origin}/requests`)
  const box = page.locator('[data-log]')
  await box.hover()
  const ways: [string, () => Promise<void>][] = [
    [
      'wheel, 200 turns of 400 px',
      async () => {
        for (let turn = 0; turn < 200; turn += 1) await page.mouse.wheel(0, 400)
      },
    ],
    [
      'Page Down held, 200 pages',
      async () => {
        await page.getByRole('grid').focus()
        for (let pressed = 0; pressed < 200; pressed += 1) await page.keyboard.press('PageDown', { delay: 16 })
      },
    ],
    [
      'wheel back up, 200 turns of 800 px',
      async () => {
        await box.hover()
        for (let turn = 0; turn < 200; turn += 1) await page.mouse.wheel(0, -800)
      },
    ],
    [
      'the bar pulled to the end of what is loaded, 100 times',
      async () => {
        for (let pulled = 0; pulled < 100; pulled += 1) {
          await box.evaluate(
            (element) =>
              new Promise((resolve) => {
                element.scrollTo({ top: element.scrollHeight })
                requestAnimationFrame(resolve)
              }),
          )
        }
      },
    ],
    [
      'Home: from there to the newest',
      async () => {
        await page.getByRole('grid').press('Home')
        await page.waitForFunction(
          () =>
            document.querySelector('[data-log]')?.scrollTop === 0 &&
            document.querySelector('[role="grid"] [data-id]')?.getAttribute('data-row') === 'ready',
        )
      },
    ],
  ]
  const lines: string[] = []
  for (const [name, act] of ways) {
    const { frames, blankFrames, longestFrameMs, lastRow, loadedRows } = await watchRows(page, act)
    lines.push(`| ${name} | ${frames} | ${blankFrames} | ${Math.round(longestFrameMs)} | ${lastRow} | ${loadedRows} |`)
    // Pulled to the end again and again, the bar outruns what can be loaded: that is shown, and no promise.
    if (!name.startsWith('the bar')) worst.blank += blankFrames
  }
  await page.getByRole('grid').press('End')
  const startedAt = performance.now()
  await page.waitForURL(/start=oldest/)
  await page.locator('[role="grid"] [data-row="ready"]').first().waitFor()
  lines.push(`| End: to the oldest of all | | | | | ${Math.round(performance.now() - startedAt)} ms |`)
  return lines
}

function section(title: string, head: string, lines: readonly string[]): string {
  const columns = head.split('|').length - 1
  return [`## ${title}`, '', `|${head}|`, `|${'---|'.repeat(columns + 1)}`, ...lines, '', ''].join('\n')
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string', default: '1000000' },
      only: { type: 'string', default: PARTS.join() },
      pages: { type: 'string' },
    },
  })
  const isAsked = (part: (typeof PARTS)[number]) => values.only.split(',').includes(part)
  const dataDir = mkdtempSync(join(tmpdir(), 'weir-bench-pages-'))
  const seed = { requests: Number(values.requests), keys: 500, pools: 50, upstreams: 20 }
  const seeded = seedLists(dataDir, seed, Date.now())
  const child = spawnNode(weirArgs(dataDir, 0), { cores: undefined, env: WEIR_ENV })
  const browser = await openBrowser()
  try {
    const link = await adminUrlOf(child)
    const { call, close } = await signIn(link)
    const { origin } = new URL(link)
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    await context.addInitScript(noteContent)
    const page = await context.newPage()
    const { url } = await call('system.signInLink', {})
    await page.goto(url ?? '')
    await page.locator('#page-title').waitFor()
    const write = (text: string) => process.stdout.write(text)
    if (isAsked('paint')) {
      const lines = await measurePaints(page, origin, values.pages?.split(',') ?? (await pathsOf(call)))
      write(section('First paint', ' page | first paint ms | content ms | slowest ms ', lines))
    }
    if (isAsked('filters')) {
      write(section('Filters', ' filter | calls | p50 ms | p95 ms | max ms ', await measureFilters(call, seeded)))
    }
    if (isAsked('scrolling')) {
      const head = ' how | frames | with a blank row | longest ms | last row | loaded '
      write(section('Scrolling', head, await measureScrolling(await context.newPage(), origin)))
    }
    write(`Slowest page: ${Math.round(worst.paint)} ms; the limit is ${PAINT_LIMIT_MS} ms.\n`)
    write(`Slowest p95 of a filter: ${worst.filter.toFixed(1)} ms; the limit is ${FILTER_LIMIT_MS} ms.\n`)
    write(`Frames with a blank row while scrolling and on the way to the newest: ${worst.blank}.\n`)
    close()
    return worst.paint <= PAINT_LIMIT_MS && worst.filter <= FILTER_LIMIT_MS && worst.blank === 0 ? 0 : 3
  } finally {
    await browser.close()
    await stopProcess(child)
    rmSync(dataDir, { recursive: true, force: true })
  }
}

process.exitCode = await main()
