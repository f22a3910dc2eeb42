/** The window of the desktop app: where its page is from, what it can reach, and what it cannot. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RpcResult } from '../../src/shared/contract.ts'
import { serve } from '../support/browser.ts'
import type { DesktopApp } from '../support/electron-seat/desktop-app.ts'
import { launchApp } from '../support/electron-seat/launch.ts'
import { stageApp } from '../support/electron-seat/stage.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const configHome = makeTempDir('window')
let app: DesktopApp
let page: Page

beforeAll(async () => {
  app = await launchApp({ configHome, appDir: stageApp(), args: ['--port', '0', '--log-level', 'warn'] })
  page = await app.firstWindow()
  await page.locator('html[data-ready=yes]').waitFor()
  await app.evaluate(({ shell }) => {
    const opened: string[] = []
    Object.assign(globalThis, { opened })
    shell.openExternal = async (url) => void opened.push(url)
  })
})
afterAll(() => app.close())
beforeEach(async () => {
  await app.evaluate(() => void (globalThis as unknown as { opened: string[] }).opened.splice(0))
})

const opened = () => app.evaluate(() => (globalThis as unknown as { opened: string[] }).opened)
const address = () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getURL())
/** Runs in the page, beside its own script. */
const inPage = <T>(code: string) => page.evaluate<T>(code)
const invoke = (route: unknown, input: unknown) =>
  inPage<RpcResult<unknown>>(`weir.invoke(${JSON.stringify(route)}, ${JSON.stringify(input)})`)
const batches = () => inPage<{ type: string; id?: string }[][]>('batches')

describe('the window', () => {
  it('shows the page of app://weir/', async () => {
    expect(await address()).toBe('app://weir/')
    expect(await page.title()).toBe('Weir fixture')
    expect(await inPage("getComputedStyle(document.querySelector('h1')).color")).toBe('rgb(11, 110, 127)')
    expect(await inPage('violations')).toEqual([])
    expect(app.windows()).toHaveLength(1)
  })

  it('runs its page sandboxed and isolated, without Node', async () => {
    const names = ['process', 'require', 'module', 'Buffer', 'global', 'electron', 'ipcRenderer']
    expect(await inPage(`${JSON.stringify(names)}.filter((name) => name in globalThis)`)).toEqual([])
  })

  it('gives its page exactly two functions', async () => {
    const found = await inPage(
      '({ names: Object.keys(weir).sort(), kinds: Object.values(weir).map((m) => typeof m), isFrozen: Object.isFrozen(weir) })',
    )
    expect(found).toEqual({ names: ['invoke', 'on'], kinds: ['function', 'function'], isFrozen: true })
  })
})

describe('calls of the page', () => {
  it('are answered by the core', async () => {
    expect(await invoke('system.status', {})).toMatchObject({
      ok: true,
      value: { gateway: { listening: true }, adminUrl: null },
    })
  })

  it.each([
    ['a route that does not exist', 'no.route', {}, 'unknown_route'],
    ['a name that every object has', '__proto__', {}, 'unknown_route'],
    ['a route that is no text', { toString: 'pool.list' }, {}, 'unknown_route'],
    ['an input of the wrong shape', 'pool.create', { name: 7 }, 'invalid_input'],
    ['a record that does not exist', 'pool.get', { id: 'pool_none' }, 'not_found'],
  ])('with %s are refused with a code', async (_what, route, input, code) => {
    expect(await invoke(route, input)).toMatchObject({
      ok: false,
      error: { code, message: expect.any(String) as string },
    })
  })

  it('are refused when they come from a page that is not ours', async () => {
    const next = app.nextWindow()
    // The same preload in a window of its own, once on a foreign page and once on ours.
    await app.evaluate(({ BrowserWindow, app: { getAppPath } }) => {
      const preload = `${getAppPath()}/out/preload/index.cjs`
      const other = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } })
      void other.loadURL('data:text/html,<title>foreign</title>')
    })
    const foreign = await next
    await expect.poll(() => foreign.title()).toBe('foreign')
    const call = () => foreign.evaluate("weir.invoke('system.status', {})")
    expect(await call()).toMatchObject({ ok: false, error: { code: 'sender_not_allowed' } })
    await app.evaluate(async ({ BrowserWindow }) => {
      const other = BrowserWindow.getAllWindows().find((window) => !window.webContents.getURL().startsWith('app:'))
      await other?.loadURL('app://weir/')
    })
    expect(await call()).toMatchObject({ ok: false, error: { code: 'sender_not_allowed' } })
    await foreign.close()
  })

  it('are refused when our own window was led to a foreign page', async () => {
    await app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.loadURL('data:text/html,<title>foreign</title>'),
    )
    expect(await invoke('system.status', {})).toMatchObject({ ok: false, error: { code: 'sender_not_allowed' } })
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.loadURL('app://weir/'))
    await page.locator('html[data-ready=yes]').waitFor()
  })
})

describe('events', () => {
  it('arrive in batches, the last news of each record', async () => {
    const made = (await invoke('pool.create', { name: 'Busy' })) as { ok: true; value: { id: string } }
    for (const notes of ['a', 'b', 'c', 'd']) await invoke('pool.update', { id: made.value.id, patch: { notes } })
    await expect.poll(async () => (await batches()).flat()).toContainEqual({ type: 'pool.changed', id: made.value.id })
    for (const batch of await batches()) {
      expect(batch).toEqual([...new Map(batch.map((event) => [`${event.type} ${event.id}`, event])).values()])
    }
  })

  it('bring the menu to the page', async () => {
    await app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('settings')?.click())
    const news = { type: 'host.navigate', path: '/settings' }
    await expect.poll(async () => (await batches()).flat()).toContainEqual(news)
  })
})

describe('links', () => {
  it('to a known site open in the outside browser', async () => {
    await page.locator('#docs').click()
    await expect.poll(opened).toEqual(['https://platform.openai.com/docs'])
    await page.locator('#here').click()
    await expect.poll(opened).toEqual(['https://platform.openai.com/docs', 'https://docs.anthropic.com/en/api'])
    expect(await address()).toBe('app://weir/')
    expect(app.windows()).toHaveLength(1)
  })

  it('to anything else open nowhere', async () => {
    const urls = [
      'https://example.com/',
      'http://platform.openai.com/',
      'file:///etc/passwd',
      'app://other/',
      'mailto:a@b.c',
    ]
    await inPage(`${JSON.stringify(urls)}.forEach((url) => void window.open(url))`)
    await page.locator('#elsewhere').click()
    // A link that does open, so that the others have had their turn.
    await page.locator('#docs').click()
    await expect.poll(opened).toEqual(['https://platform.openai.com/docs'])
    expect(app.windows()).toHaveLength(1)
  })

  it('do not lead the window away, nor a frame in', async () => {
    let calls = 0
    const server = await serve((_request, response) => {
      calls += 1
      response.end('<title>foreign</title>')
    })
    const url = `http://127.0.0.1:${server.port}/`
    await inPage(`{
      const frame = document.createElement('iframe')
      frame.src = ${JSON.stringify(url)}
      document.body.append(frame)
      location.href = ${JSON.stringify(url)}
    }`)
    await inPage(`fetch(${JSON.stringify(url)}).catch(() => null)`)
    await expect.poll(() => inPage('violations')).toEqual(expect.arrayContaining(['connect-src', 'frame-src']))
    expect(await address()).toBe('app://weir/')
    expect(calls).toBe(0)
    // The page stands where it was, with its way to the core.
    expect(await invoke('system.status', {})).toMatchObject({ ok: true })
    await server.close()
  })
})

describe('what a page may try besides', () => {
  it('is refused: a redirect away, a frame, a webview', async () => {
    const refused = await app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents
      const ask = (name: string, event: object) => {
        let isPrevented = false
        const asked = { ...event, preventDefault: () => void (isPrevented = true) }
        ;(contents as unknown as { emit: (name: string, event: object) => void }).emit(name, asked)
        return isPrevented
      }
      return {
        away: ask('will-redirect', { url: 'https://example.com/' }),
        otherHost: ask('will-redirect', { url: 'app://other/' }),
        home: ask('will-redirect', { url: 'app://weir/keys' }),
        frame: ask('will-frame-navigate', { url: 'app://weir/', isMainFrame: false }),
        webview: ask('will-attach-webview', {}),
      }
    })
    expect(refused).toEqual({ away: true, otherHost: true, home: false, frame: true, webview: true })
  })
})

describe('the files of the page', () => {
  it('carry a content policy, and lead out of their folder by no address', async () => {
    const read = (path: string) =>
      inPage<{ status: number; policy: string; length: number }>(
        `fetch(${JSON.stringify(path)}).then(async (answer) => ({ status: answer.status,
          policy: answer.headers.get('content-security-policy'), length: (await answer.text()).length }))`,
      )
    const home = await read('/')
    expect(home).toMatchObject({ status: 200, policy: expect.stringContaining("script-src 'self';") as string })
    expect(await read('/keys/key_1')).toMatchObject({ status: 200, length: home.length })
    const outside = ['/..%2fmain/index.js', '/..%2f..%2fpackage.json', '/%2e%2e%5cmain%5cindex.js', '/assets/gone.js']
    for (const path of outside) expect(await read(path)).toMatchObject({ status: 404, length: 0 })
  })

  it('run no code made of text', async () => {
    await inPage(
      "document.body.append(Object.assign(document.createElement('script'), { textContent: 'globalThis.ran = 1' }))",
    )
    // By a timer of the page itself: what a test evaluates is let through.
    await inPage("void setTimeout(() => { try { eval('globalThis.ran = 2') } catch { globalThis.refused = true } }, 0)")
    await expect.poll(() => inPage('globalThis.refused')).toBe(true)
    expect(await inPage('globalThis.ran')).toBeUndefined()
  })
})

describe('permissions', () => {
  it('are refused when a page asks whether it may, but for copying', async () => {
    const names = ['geolocation', 'notifications', 'midi', 'clipboard-read', 'clipboard-write']
    const states = await inPage(
      `Promise.all(${JSON.stringify(names)}.map((name) => navigator.permissions.query({ name }).then(({ state }) => state)))`,
    )
    expect(states).toEqual(['denied', 'denied', 'denied', 'denied', 'granted'])
  })

  it('are refused when a page does it, but for copying', async () => {
    await page.bringToFront()
    const located = 'new Promise((is, not) => navigator.geolocation.getCurrentPosition(is, not, { timeout: 10_000 }))'
    // 1 is PERMISSION_DENIED; one that is allowed to ask has no position here.
    expect(await inPage(`${located}.then(() => 'located', ({ code }) => code)`)).toBe(1)
    expect(await inPage('Notification.requestPermission()')).toBe('denied')
    expect(await inPage("navigator.requestMIDIAccess().then(() => 'open', ({ name }) => name)")).toMatch(
      /^(NotAllowed|Security)Error$/,
    )
    expect(await inPage("navigator.clipboard.writeText('copied').then(() => 'written')")).toBe('written')
    expect(await inPage('navigator.clipboard.readText().catch(({ name }) => name)')).toBe('NotAllowedError')
  })
})

describe('a file that the operator chose', () => {
  it('is read as bytes, and its place stays unknown', async () => {
    const file = join(makeTempDir('chosen'), 'auth.json')
    writeFileSync(file, '{"chosen":true}')
    await inPage(`{
      const input = Object.assign(document.createElement('input'), { type: 'file', id: 'choose' })
      document.body.prepend(input)
    }`)
    const asked = page.waitForEvent('filechooser')
    await page.locator('#choose').click()
    await (await asked).setFiles(file)
    const seen = await inPage<{ value: string; text: string; own: Record<string, unknown> }>(`(async () => {
      const input = document.querySelector('#choose')
      const [file] = input.files
      const own = {}
      for (const name in file) if (typeof file[name] === 'string') own[name] = file[name]
      return { value: input.value, text: await file.text(), own }
    })()`)
    expect(seen.text).toBe('{"chosen":true}')
    // What browsers say of every file; Electron once added the path.
    expect(seen.value).toBe(String.raw`C:\fakepath\auth.json`)
    expect(seen.own).toEqual({ name: 'auth.json', type: 'application/json', webkitRelativePath: '' })
    await inPage("document.querySelector('#choose').remove()")
  })
})

describe('an export', () => {
  const save = (source: string) =>
    inPage(`{
      const link = document.createElement('a')
      link.href = ${source}
      link.download = '../export.csv'
      link.click()
    }`)

  it('that the page made is saved where the operator says', async () => {
    const file = join(makeTempDir('export'), 'chosen.csv')
    await app.evaluate(({ session }, file) => {
      const asked: object[] = []
      Object.assign(globalThis, { asked })
      session.defaultSession.once('will-download', (_event, item) => {
        asked.push(item.getSaveDialogOptions())
        item.setSavePath(file)
        item.once('done', (_done, state) => void asked.push({ state }))
      })
    }, file)
    await save("URL.createObjectURL(new Blob(['a,b\\n1,2\\n'], { type: 'text/csv' }))")
    const asked = () => app.evaluate(() => (globalThis as unknown as { asked: object[] }).asked)
    await expect
      .poll(asked)
      .toEqual([
        { title: 'Save the export', defaultPath: expect.stringMatching(/[/\\][^/\\]*export\.csv$/) as string },
        { state: 'completed' },
      ])
    expect(readFileSync(file, 'utf8')).toBe('a,b\n1,2\n')
  })

  it('of another origin is not saved', async () => {
    let calls = 0
    const server = await serve((_request, response) => {
      calls += 1
      response.writeHead(200, { 'content-disposition': 'attachment; filename=x.exe' }).end('x')
    })
    await app.evaluate(({ session }) => {
      const asked: string[] = []
      Object.assign(globalThis, { asked })
      session.defaultSession.on('will-download', (event, item) => {
        asked.push(`${item.getURL().split(':')[0]} ${event.defaultPrevented ? 'refused' : 'saved'}`)
        item.cancel()
      })
    })
    await save(`'http://127.0.0.1:${server.port}/x.exe'`)
    await save("'data:application/octet-stream,x'")
    await expect
      .poll(() => app.evaluate(() => (globalThis as unknown as { asked: string[] }).asked))
      .toEqual(['data refused'])
    expect(calls).toBe(0)
    expect(await address()).toBe('app://weir/')
    await server.close()
  })
})
