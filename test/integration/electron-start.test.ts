/** How the desktop app starts, is started again, and ends; and what it says when it cannot start. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { acquireLock } from '../../src/main/db/lock.ts'
import type { DesktopApp } from '../support/electron-seat/desktop-app.ts'
import { launchApp, startWithoutWindow } from '../support/electron-seat/launch.ts'
import { stageApp } from '../support/electron-seat/stage.ts'
import { serve } from '../support/browser.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { startHost } from '../support/weir-process.ts'

const appDir = stageApp()
const free = ['--port', '0', '--log-level', 'warn']

async function open(configHome: string, args: readonly string[] = free) {
  const app = await launchApp({ configHome, appDir, args })
  const page = await app.firstWindow()
  await page.locator('html[data-ready=yes]').waitFor()
  return { app, page }
}

const dataDirOf = (configHome: string) => join(configHome, 'data', 'weir')
const bounds = (app: DesktopApp) =>
  app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getNormalBounds())

describe('a second start', () => {
  it('brings the window of the first to the front and ends', async () => {
    const configHome = makeTempDir('second')
    const { app } = await open(configHome)
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize())
    await expect.poll(() => state(app)).toMatchObject({ isMinimized: true })
    const second = await startWithoutWindow({ configHome, appDir, args: [...free, '--json'] })
    expect(second).toMatchObject({ code: 0, stderr: expect.stringContaining('is running already') as string })
    expect(JSON.parse(second.stdout)).toMatchObject({ baseUrl: expect.stringMatching(/^http:.*\/v1$/) as string })
    await expect.poll(() => state(app)).toEqual({ windows: 1, isMinimized: false, isFocused: true })
    expect(await app.close()).toMatchObject({ code: 0 })
  })

  it('on another data directory is an app of its own', async () => {
    const configHome = makeTempDir('apart')
    const { app } = await open(configHome)
    const other = await launchApp({
      configHome: makeTempDir('apart'),
      appDir,
      args: [...free, '--data-dir', join(configHome, 'other')],
    })
    await (await other.firstWindow()).locator('html[data-ready=yes]').waitFor()
    await other.close()
    expect(await state(app)).toMatchObject({ windows: 1 })
    await app.close()
  })

  it('without a window takes the addresses from the desktop app', async () => {
    const configHome = makeTempDir('joined')
    const { app } = await open(configHome)
    const host = await startHost(dataDirOf(configHome), [], { demo: false })
    expect(await host.ended).toMatchObject({ code: 0 })
    expect(host.adminUrl).toBeNull()
    expect(app.stdout()).toContain(host.baseUrl)
    await app.close()
  })
})

describe('the end', () => {
  it('closes the core: its folder is free and its journal empty', async () => {
    const configHome = makeTempDir('end')
    const { app } = await open(configHome)
    const dataDir = dataDirOf(configHome)
    expect(() => acquireLock(dataDir)).toThrowError(/Another Weir is running/)
    expect(await app.close()).toMatchObject({ code: 0, stderr: expect.stringContaining('Stopped.') as string })
    acquireLock(dataDir).release()
    expect(readFileSync(join(dataDir, 'weir.journal'))).toHaveLength(0)
    expect(existsSync(join(dataDir, 'weir.sock'))).toBe(false)
  })

  it('comes when the last window is closed', async () => {
    const { app, page } = await open(makeTempDir('closed'))
    await page.close()
    expect(await app.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('Stopped.') as string })
  })

  it('comes with the signal that ends a session', async () => {
    const configHome = makeTempDir('signal')
    const { app } = await open(configHome)
    process.kill(app.pid, 'SIGTERM')
    expect(await app.ended).toMatchObject({ code: 0 })
    acquireLock(dataDirOf(configHome)).release()
  })

  it('comes by the menu', async () => {
    const { app } = await open(makeTempDir('menu'))
    await app.evaluate(({ Menu }) => {
      const items = Menu.getApplicationMenu()?.items.flatMap((item) => [item, ...(item.submenu?.items ?? [])])
      items?.find(({ role }) => role === 'quit')?.click()
    })
    expect(await app.ended).toMatchObject({ code: 0 })
  })
})

describe('the window', () => {
  it('opens where it was closed', async () => {
    const configHome = makeTempDir('bounds')
    const first = await open(configHome)
    const place = { x: 40, y: 60, width: 1_010, height: 640 }
    await first.app.evaluate(({ BrowserWindow }, place) => BrowserWindow.getAllWindows()[0]?.setBounds(place), place)
    await expect.poll(() => bounds(first.app)).toEqual(place)
    await first.app.close()
    const second = await open(configHome)
    expect(await bounds(second.app)).toEqual(place)
    await second.app.close()
  })

  it('can be had back after its page broke down, while the gateway goes on', async () => {
    const { app } = await open(makeTempDir('crash'))
    await app.evaluate(({ dialog }) => {
      const asked: string[] = []
      Object.assign(globalThis, { asked })
      dialog.showMessageBox = async (...args: unknown[]) => {
        asked.push((args.at(-1) as { message: string }).message)
        return { response: 0, checkboxChecked: false }
      }
    })
    const status = () => fetch(`${/http:\S+/.exec(app.stdout())?.[0] ?? ''}/models`).then((answer) => answer.status)
    expect(await status()).toBe(401)
    const again = app.isReal ? Promise.resolve(app.windows()[0]) : app.nextWindow()
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer())
    const page = await again
    await page?.locator('html[data-ready=yes]').waitFor()
    expect(await app.evaluate(() => (globalThis as unknown as { asked: string[] }).asked)).toEqual([
      'The window stopped working.',
    ])
    expect(await page?.evaluate("weir.invoke('system.status', {})")).toMatchObject({ ok: true })
    expect(await status()).toBe(401)
    await app.close()
  })
})

describe('a start that fails', () => {
  /** In real Electron a person has to close the dialog, so there only the words on stderr are seen. */
  const start = async (configHome: string, args: readonly string[]) => {
    const { code, stderr, dialogs, isReal } = await startWithoutWindow({ configHome, appDir, args })
    return { stderr, seen: isReal ? {} : { code, dialogs } }
  }
  const shown = (code: number, stderr: string, seen: object) =>
    Object.keys(seen).length === 0 ? {} : { code, dialogs: [{ kind: 'error', text: `Weir did not start\n${stderr}` }] }

  it('names the program that owns the data directory, and how to reach it', async () => {
    const configHome = makeTempDir('owned')
    const host = await startHost(dataDirOf(configHome), [], { demo: false })
    const { stderr, seen } = await start(configHome, free)
    expect(stderr).toMatch(/Another Weir is running on[^]*\(instance_running\)[^]*`weir status`/)
    expect(seen).toEqual(shown(4, stderr, seen))
    host.signal('SIGTERM')
    await host.ended
  })

  it('names the port that is taken', async () => {
    const other = await serve((_request, response) => void response.end())
    const { stderr, seen } = await start(makeTempDir('port'), ['--port', String(other.port), '--log-level', 'warn'])
    expect(stderr).toMatch(new RegExp(`${other.port}[^]*\\(port_in_use\\)`))
    expect(seen).toEqual(shown(6, stderr, seen))
    await other.close()
  })

  it('names the flag that is wrong', async () => {
    const { stderr, seen } = await start(makeTempDir('flag'), ['--prot', '1'])
    expect(stderr).toMatch(/'--prot'[^]*\(invalid_option\)/)
    expect(seen).toEqual(shown(2, stderr, seen))
  })

  it('names the folder that cannot be used', async () => {
    const file = join(appDir, 'package.json')
    const { stderr, seen } = await start(makeTempDir('folder'), ['--data-dir', join(file, 'x')])
    expect(stderr).toContain(file)
    expect(stderr).toContain('(data_dir_unwritable)')
    expect(seen).toEqual(shown(6, stderr, seen))
  })
})

describe('a flag that only prints', () => {
  it('prints, and opens nothing', async () => {
    const configHome = makeTempDir('print')
    const { version } = JSON.parse(readFileSync(join(appDir, 'package.json'), 'utf8')) as { version: string }
    expect(await startWithoutWindow({ configHome, appDir, args: ['--version'] })).toMatchObject({
      code: 0,
      stdout: `${version}\n`,
    })
    const help = await startWithoutWindow({ configHome, appDir, args: ['--help'] })
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('--data-dir') as string })
    expect(existsSync(join(configHome, 'data'))).toBe(false)
  })
})

function state(app: DesktopApp) {
  return app.evaluate(({ BrowserWindow }) => {
    const [window] = BrowserWindow.getAllWindows()
    return {
      windows: BrowserWindow.getAllWindows().length,
      isMinimized: window?.isMinimized(),
      isFocused: window?.isFocused(),
    }
  })
}
