/** What an installer holds, and that what it holds runs. Where Electron is missing, a stand-in takes its place. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { launchApp } from '../support/electron-seat/launch.ts'
import {
  dist,
  filesBelow,
  hasElectron,
  packApp,
  type PackagedApp,
  packedFiles,
  readFuses,
  uncheckedFiles,
} from '../support/packaged-app.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { run } from '../support/weir-process.ts'

const root = join(import.meta.dirname, '../..')
const PREBUILD = `node_modules/better-sqlite3/prebuilds/${process.platform}-${process.arch}.node`
const KEYTAR = 'node_modules/keytar/build/Release/keytar.node'

/** Whatever is packed is one of these. */
const WANTED = [
  /^package\.json$/,
  /^LICENSE$/,
  /^out\/main\/(index|headless|[a-z]+-thread)\.js$/,
  /^out\/main\/chunks\/[\w-]+\.js$/,
  /^out\/preload\/index\.cjs$/,
  /^out\/renderer\/[\w-]+\.(html|js|svg)$/,
  /^out\/renderer\/assets\/[\w.-]+\.(js|css|svg|woff2)$/,
  /^migrations\/\d{4}_\w+\.sql$/,
  /^migrations\/meta\/_journal\.json$/,
  /^node_modules\/(better-sqlite3|keytar)\/(package\.json|LICENSE(\.md)?)$/,
  /^node_modules\/better-sqlite3\/lib\/(methods\/)?[a-z-]+\.js$/,
  /^node_modules\/better-sqlite3\/prebuilds\/[\w-]+\.node$/,
  /^node_modules\/keytar\/lib\/keytar\.js$/,
  /^node_modules\/keytar\/build\/Release\/keytar\.node$/,
]

function json<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T
}

describe.runIf(process.platform === 'linux')('the package', () => {
  let app: PackagedApp
  beforeAll(async () => {
    app = await packApp()
  })

  it('holds the program, the interface and the migrations, and nothing else', () => {
    const files = packedFiles(app.archive)
    expect(files.filter((name) => !WANTED.some((pattern) => pattern.test(name)))).toEqual([])
    expect(files).toEqual(
      expect.arrayContaining([
        'package.json',
        'out/main/index.js',
        'out/main/headless.js',
        'out/main/reader-thread.js',
        'out/preload/index.cjs',
        'out/renderer/index.html',
        'migrations/meta/_journal.json',
        PREBUILD,
        KEYTAR,
      ]),
    )
    const { entries } = json<{ entries: { tag: string }[] }>(join(root, 'migrations/meta/_journal.json'))
    expect(files.filter((name) => name.endsWith('.sql'))).toEqual(entries.map(({ tag }) => `migrations/${tag}.sql`))
    expect(filesBelow(app.appDir)).toEqual(files.toSorted())
  })

  it('carries no word of how it is made', () => {
    const manifest = json<Record<string, unknown>>(join(app.appDir, 'package.json'))
    expect(manifest).toMatchObject({ name: 'weir', main: 'out/main/index.js', desktopName: 'weir.desktop' })
    expect(manifest).not.toHaveProperty('devDependencies')
    expect(manifest).not.toHaveProperty('scripts')
    const code = filesBelow(app.appDir).filter((name) => name.startsWith('out/'))
    const telling = code.filter((name) => {
      const text = readFileSync(join(app.appDir, name), 'utf8')
      return text.includes(root) || text.includes('sourceMappingURL=')
    })
    expect(telling).toEqual([])
  })

  it('leaves outside of the archive only what the system must load from a file, and can check all of it', () => {
    expect(filesBelow(app.unpacked)).toEqual([PREBUILD, KEYTAR])
    expect(uncheckedFiles(app.archive)).toEqual([])
  })

  it('brings the licences of all code that is merged into its own', () => {
    const licences = readFileSync(join(app.folder, 'resources/licences.txt'), 'utf8')
    for (const name of ['drizzle-orm', 'react', 'react-dom', 'undici', 'zod', '@mantine/core'])
      expect(licences).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+$`, 'm'))
    expect(licences).toContain('Permission is hereby granted, free of charge')
    expect(licences).not.toMatch(/^(electron|vitest|typescript) \d/m)
  })

  it('has native modules that load from where they lie', async () => {
    const script = `
      const Database = require(${JSON.stringify(join(app.appDir, 'node_modules/better-sqlite3'))})
      const db = new Database(':memory:', { nativeBinding: ${JSON.stringify(join(app.unpacked, PREBUILD))} })
      const keytar = require(${JSON.stringify(join(app.unpacked, KEYTAR))})
      console.log(JSON.stringify([db.prepare('SELECT 6 * 7').pluck().get(), typeof keytar.getPassword]))`
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script])
    expect(JSON.parse(stdout)).toEqual([42, 'function'])
  })

  it('has the switches of Electron set, each one', () => {
    expect(readFuses(join(app.folder, 'weir-desktop'))).toEqual({
      runAsNode: false,
      cookieEncryption: true,
      nodeOptions: false,
      nodeCliInspect: false,
      embeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
    })
  })

  it('goes by the same id as the window', () => {
    const config = readFileSync(join(root, 'build/electron-builder.yml'), 'utf8')
    const host = readFileSync(join(root, 'src/main/host/electron/run.ts'), 'utf8')
    expect(/^appId: (.+)$/m.exec(config)?.[1]).toBe(/APP_ID = '(.+)'/.exec(host)?.[1])
  })

  it('runs without a window: it starts, shows its page, serves a request, answers from the log and stops', async () => {
    const dataDir = makeTempDir('packaged-data')
    const args = ['--data-dir', dataDir, '--port', '0', '--admin-port', '0', '--demo', '--json']
    const host = run(process.execPath, [join(app.appDir, 'out/main/headless.js'), ...args])
    const { stdout } = await host.until((seen) => seen.stdout.includes('\n'))
    const { baseUrl, apiKey, adminUrl } = JSON.parse(stdout) as Record<'baseUrl' | 'apiKey' | 'adminUrl', string>

    const answer = await fetch(`${baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'sim-chat', messages: [{ role: 'user', content: 'Hello' }] }),
    })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ object: 'chat.completion' })

    const signIn = await fetch(adminUrl, { redirect: 'manual' })
    expect(signIn.status).toBe(303)
    const cookie = String(signIn.headers.get('set-cookie')).split(';')[0] ?? ''
    const home = await fetch(new URL('/', adminUrl), { headers: { cookie } })
    expect(home.status).toBe(200)
    expect(home.headers.get('content-type')).toContain('text/html')
    // The log is read by a thread with a file of its own, which the package must bring along.
    const call = await fetch(new URL('/rpc', adminUrl), {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json' },
      body: JSON.stringify({ route: 'request.list', input: {} }),
    })
    expect(await call.json()).toMatchObject({ ok: true, value: { rows: [{ status: 200 }] } })

    host.signal('SIGTERM')
    expect((await host.ended).code).toBe(0)
  })

  it('opens its window: the page comes up and reaches the core', async () => {
    const args = ['--data-dir', makeTempDir('packaged-data'), '--port', '0']
    const desktop = await launchApp({ appDir: app.appDir, configHome: makeTempDir('packaged-home'), args })
    try {
      const page = await desktop.firstWindow()
      await page.getByRole('navigation').first().waitFor()
      const status = await page.evaluate(`window.weir.invoke('system.status', {})`)
      const { version } = json<{ version: string }>(join(app.appDir, 'package.json'))
      expect(status).toMatchObject({ ok: true, value: { version, gateway: { listening: true } } })
    } finally {
      await desktop.close()
    }
    expect(await desktop.ended).toMatchObject({ code: 0 })
  })

  it.runIf(!hasElectron)('says what it is, packed with the stand-in for Electron', async () => {
    expect(readFileSync(join(app.folder, 'STAND-IN.txt'), 'utf8')).toContain('stand-in for Electron')
    const started = await run(join(app.folder, 'weir-desktop'), []).ended
    expect(started).toMatchObject({ code: 1, stdout: '' })
    expect(started.stderr).toContain('cannot run')
  })

  it('is never an installer with the stand-in in it', async () => {
    for (const targets of [['deb'], ['dir', 'AppImage'], []]) {
      const refused = await dist(['--linux', ...targets, '--stand-in', '--out', makeTempDir('dist')])
      expect(refused).toMatchObject({ code: 1, stdout: '' })
      expect(refused.stderr).toContain('never an installer')
    }
  })
})

describe('a package', () => {
  it('is built on the system that it is for, and nowhere else', async () => {
    const other = process.platform === 'win32' ? '--linux' : '--win'
    const refused = await dist([other, 'dir'])
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('are built there')
  })
})
