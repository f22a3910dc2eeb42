/** The main process of the seat: the app's real bundle in plain Node, with `electron` leading to the seat's module. */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runInThisContext } from 'node:vm'
import { chromium } from 'playwright-core'
import type { AppPackage, SeatConfig, ToApp } from './seat.ts'
import { seat, tellTest } from './seat.ts'

const { appDir, args, endpoint, electronVersion } = JSON.parse(process.env['ELECTRON_SEAT'] ?? '{}') as SeatConfig
delete process.env['ELECTRON_SEAT']

const fake = new URL('./electron-module.ts', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) =>
    /^electron(\/main|\/common)?$/.test(specifier)
      ? { url: fake, format: 'module-typescript', shortCircuit: true }
      : next(specifier, context),
})

seat.appDir = appDir
seat.package = JSON.parse(readFileSync(join(appDir, 'package.json'), 'utf8')) as AppPackage
process.argv = [process.execPath, appDir, ...args]
Object.defineProperty(process, 'versions', { value: { ...process.versions, electron: electronVersion } })
Object.defineProperty(process, 'type', { value: 'browser' })

const { electron } = await import('./electron-module.ts')
const { becomeReady } = await import('./app-module.ts')
const { routeAll } = await import('./page-router.ts')
const { network } = await import('./session-module.ts')

if (endpoint !== null) {
  const browser = await chromium.connectOverCDP(endpoint)
  seat.context = browser.contexts()[0] ?? null
  if (seat.context !== null) await routeAll(seat.context, network)
}

async function evaluate(id: number, source: string, argument: unknown): Promise<void> {
  try {
    const run = runInThisContext(`(${source})`) as (modules: object, argument: unknown) => unknown
    tellTest({ op: 'result', id, value: await run(electron, argument) })
  } catch (error) {
    tellTest({ op: 'result', id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
}

process.on('message', (message: ToApp) => {
  if (message.op === 'quit') electron.app.quit()
  else void evaluate(message.id, message.source, message.argument)
})
// The test ended without its app.
process.on('disconnect', () => process.exit(1))
// Electron takes these for a wish to quit.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => electron.app.quit())

await import(pathToFileURL(join(appDir, seat.package.main)).href)
becomeReady()
