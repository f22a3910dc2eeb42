/** How the headless host hands out the page: what is in the bundle and nothing else, to whom, under which policy. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type AdminServer, openAdminServer } from '../../src/main/host/headless/admin-server.ts'
import { findRendererBundle, loadRendererBundle } from '../../src/main/host/headless/renderer-bundle.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const opened: AdminServer[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()))
})

function makeBundle(): string {
  const root = makeTempDir('bundle')
  const folder = join(root, 'out', 'renderer')
  mkdirSync(join(folder, 'assets'), { recursive: true })
  writeFileSync(join(root, 'secret.txt'), 'not for the page')
  writeFileSync(join(folder, 'index.html'), '<script src="/assets/index-1.js" nonce="__WEIR_NONCE__"></script>')
  writeFileSync(join(folder, 'scheme.js'), '1')
  writeFileSync(join(folder, 'icon.svg'), '<svg/>')
  writeFileSync(join(folder, 'assets', 'index-1.js'), '2')
  writeFileSync(join(folder, 'assets', 'index-1.css'), 'a{}')
  symlinkSync(join(root, 'secret.txt'), join(folder, 'link.txt'))
  return folder
}

async function open(): Promise<AdminServer> {
  const server = await openAdminServer({
    dispatch: () => Promise.resolve({ ok: true, value: null }),
    subscribe: () => () => {},
    port: 0,
    sessionMs: () => 60_000,
    baseUrl: 'http://127.0.0.1:4141/v1',
    version: '0.0.0',
    bundle: loadRendererBundle(makeBundle()),
  })
  opened.push(server)
  return server
}

const asPage = { accept: 'text/html,*/*' }

function get(server: AdminServer, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}${path}`, { redirect: 'manual', headers })
}

async function signIn(server: AdminServer, headers: Record<string, string> = {}) {
  const answer = await fetch(server.mintLink(), { redirect: 'manual', headers })
  const cookies = answer.headers.getSetCookie()
  return { cookie: cookies[0]?.split(';')[0] ?? '', location: answer.headers.get('location'), cookies }
}

describe('the page', () => {
  it('is handed out for each of its addresses, with a policy and a nonce of its own', async () => {
    const server = await open()
    const { cookie } = await signIn(server)
    const nonces = new Set<string>()
    for (const path of ['/', '/keys', '/keys/key_1', '/pools/p-1/edit', '/keys?status=paused']) {
      const answer = await get(server, path, { ...asPage, cookie })
      const html = await answer.text()
      expect([path, answer.status, answer.headers.get('cache-control')]).toEqual([path, 200, 'no-store'])
      const nonce = /nonce="([^"]+)"/.exec(html)?.[1] ?? ''
      expect(nonce).toMatch(/^[\w+/]{24}$/)
      nonces.add(nonce)
      expect(answer.headers.get('content-security-policy')).toBe(
        `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; ` +
          `connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
      )
    }
    expect(nonces.size).toBe(5)
  })

  it.each([
    ['/assets/index-1.js', 'text/javascript; charset=utf-8', 'private, max-age=31536000, immutable'],
    ['/assets/index-1.css', 'text/css; charset=utf-8', 'private, max-age=31536000, immutable'],
    ['/scheme.js', 'text/javascript; charset=utf-8', 'no-store'],
    ['/icon.svg', 'image/svg+xml', 'no-store'],
  ])('has the file %s', async (path, type, caching) => {
    const server = await open()
    const { cookie } = await signIn(server)
    const answer = await get(server, path, { cookie })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe(type)
    expect(answer.headers.get('cache-control')).toBe(caching)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  it.each([
    '/index.html',
    '/link.txt',
    '/secret.txt',
    '/assets',
    '/assets/',
    '/assets/gone-1.js',
    '/%2e%2e/secret.txt',
    '/..%2f..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/assets/%00',
    '/rpc',
    '/events/x',
  ])('has nothing at %s', async (path) => {
    const server = await open()
    const { cookie } = await signIn(server)
    const answer = await get(server, path, { ...asPage, cookie })
    expect(answer.status).toBe(404)
    expect(await answer.text()).toContain('unknown_route')
  })

  it('gives a visitor without a session no file of it', async () => {
    const server = await open()
    for (const path of ['/assets/index-1.js', '/scheme.js']) expect((await get(server, path)).status).toBe(401)
    const answer = await get(server, '/keys', asPage)
    expect(answer.status).toBe(401)
    const html = await answer.text()
    expect(html).toContain('npx weir status')
    expect(html).not.toContain('<script')
  })
})

describe('the address that a visitor wanted', () => {
  async function wanted(server: AdminServer, path: string): Promise<string> {
    const answer = await get(server, path, asPage)
    return answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  }

  it('is where the sign-in leads, once', async () => {
    const server = await open()
    const cookie = await wanted(server, '/keys/key_1?q=a%20b')
    const { location, cookies } = await signIn(server, { cookie })
    expect(location).toBe('/keys/key_1?q=a%20b')
    expect(cookies).toContainEqual(expect.stringMatching(/^weir_wanted=; .*Max-Age=0$/))
    expect((await signIn(server)).location).toBe('/')
  })

  it.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example',
    '/%5cevil.example',
    'javascript:alert(1)',
    '/a\r\nset-cookie: x=1',
    '/assets/../..//evil.example',
    '%',
  ])('is never %j', async (forged) => {
    const server = await open()
    const { location } = await signIn(server, { cookie: `weir_wanted=${encodeURIComponent(forged)}` })
    expect(location).toBe('/')
  })
})

describe('findRendererBundle', () => {
  it('finds the build above the running code, and says when there is none', () => {
    const folder = makeBundle()
    const code = join(folder, '..', 'main', 'chunks')
    mkdirSync(code, { recursive: true })
    expect(findRendererBundle(code)?.has('/scheme.js')).toBe(true)
    expect(findRendererBundle(makeTempDir('nothing'))).toBeNull()
  })
})
