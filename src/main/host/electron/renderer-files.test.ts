import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeTempDir } from '../../../../test/support/temp-dir.ts'
import { createRendererFiles } from './renderer-files.ts'

function install() {
  const root = makeTempDir('renderer')
  const folder = join(root, 'renderer')
  mkdirSync(join(folder, 'assets'), { recursive: true })
  mkdirSync(join(root, 'renderer-beside'))
  writeFileSync(join(root, 'secret.txt'), 'secret')
  writeFileSync(join(root, 'renderer-beside', 'x.js'), 'secret')
  writeFileSync(
    join(folder, 'index.html'),
    '<meta property="csp-nonce" nonce="__WEIR_NONCE__"><style nonce="__WEIR_NONCE__"></style>',
  )
  writeFileSync(join(folder, 'assets', 'a b.js'), 'let x')
  symlinkSync(join(root, 'secret.txt'), join(folder, 'link.txt'))
  const answer = createRendererFiles(folder)
  return (url: string, method = 'GET') => answer({ url, method })
}

describe('the files of the page', () => {
  const get = install()

  it('are found by their address, with their type', async () => {
    const answer = await get('app://weir/assets/a%20b.js?v=1')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(await answer.text()).toBe('let x')
  })

  it.each(['app://weir/', 'app://weir/keys', 'app://weir/upstreams/up_1', 'app://weir/requests?status=failed'])(
    '%s is the page, which reads its address itself',
    async (url) => {
      const answer = await get(url)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    },
  )

  it.each([
    'app://weir/../secret.txt',
    'app://weir/%2e%2e/secret.txt',
    'app://weir/%2e%2e%2fsecret.txt',
    'app://weir/..%2f..%2fsecret.txt',
    'app://weir/..%5csecret.txt',
    'app://weir/assets/..%2f..%2fsecret.txt',
    'app://weir/%252e%252e%252fsecret.txt',
    'app://weir/..%2frenderer-beside/x.js',
    'app://weir//etc/passwd.txt',
    'app://weir/%00',
    'app://weir/%',
    'app://weir/link.txt',
    'app://weir/assets/',
    'app://weir/assets/gone.js',
    'app://weir/gone.js',
    'app://other/index.html',
  ])('%s is nothing', async (url) => {
    const answer = await get(url)
    expect(answer.status).toBe(404)
    expect(await answer.text()).toBe('')
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  it('are only read', async () => {
    expect((await get('app://weir/', 'POST')).status).toBe(405)
  })

  it('carry a content policy whose nonce is the page’s own and new each time', async () => {
    const nonces = await Promise.all(
      [1, 2].map(async () => {
        const answer = await get('app://weir/')
        const nonce = /'nonce-([\w+/=]{24})'/.exec(answer.headers.get('content-security-policy') ?? '')?.[1] ?? ''
        expect(await answer.text()).toBe(`<meta property="csp-nonce" nonce="${nonce}"><style nonce="${nonce}"></style>`)
        return nonce
      }),
    )
    expect(new Set(nonces).size).toBe(2)
  })

  it('run no script but ours, and no page may frame them', async () => {
    const policy = (await get('app://weir/')).headers.get('content-security-policy') ?? ''
    const rules = new Map(policy.split('; ').map((rule) => [rule.split(' ')[0], rule.split(' ').slice(1).join(' ')]))
    expect(rules.get('default-src')).toBe("'none'")
    expect(rules.get('script-src')).toBe("'self'")
    expect(rules.get('frame-ancestors')).toBe("'none'")
    expect(rules.get('base-uri')).toBe("'none'")
    expect(policy).not.toMatch(/unsafe-eval|\*|https?:|app:/)
  })
})
