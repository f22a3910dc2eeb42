/** `weir token` as an operator uses it: a real host, real processes, and the token at the gateway. */
import { describe, expect, it } from 'vitest'
import { makeTempDir } from '../support/temp-dir.ts'
import { startHost, weir } from '../support/weir-process.ts'

describe('weir token', () => {
  it('makes one that opens, lists it with its scope and use, and revokes it', { timeout: 60_000 }, async () => {
    const dataDir = makeTempDir('token')
    const env = { WEIR_PASSPHRASE: 'token test passphrase' }
    const host = await startHost(dataDir, [], { env })
    const run = async (...args: string[]) => weir(dataDir, args)
    const key = host.apiKey.slice(0, 18)
    const ask = (secret: string) =>
      fetch(`${host.baseUrl}/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'sim-chat', messages: [{ role: 'user', content: 'say: hello' }] }),
      })
    try {
      expect((await run('token', 'list', '--key', key)).stdout).toContain('No tokens.')
      const scope = ['--model', 'sim-chat', '--limit', 'requests-per-day=1', '--allow-ip', '127.0.0.0/8']
      const made = await run('token', 'create', '--key', key, '--ttl', '15m', '--name', 'nightly', ...scope)
      expect(made).toMatchObject({ code: 0, stderr: '' })
      const [secret = ''] = /et-weir-\w{10}-\w{38}/.exec(made.stdout) ?? []
      expect(made.stdout).toContain('This is the whole token. It is shown this once: keep it now.')
      expect(made.stdout).toMatch(/Scope +models sim-chat; 1 request a day; from 127\.0\.0\.0\/8/)
      expect([(await ask(secret)).status, (await ask(secret)).status]).toEqual([200, 429])

      const json = await run('token', 'list', '--key', key, '--json')
      expect(JSON.parse(json.stdout)).toMatchObject([
        { name: 'nightly', status: 'active', madeBy: 'operator', prefix: secret.slice(0, 18), used: { requests: 1 } },
      ])
      const list = await run('token', 'list', '--key', key)
      expect(list.stdout).toMatch(/nightly +et-weir-\w{10} +active +operator/)
      expect(list.stdout).not.toContain(secret.slice(19))

      const doctor = await run('doctor', '--key', secret.slice(0, 18), '--model', 'sim-chat')
      expect(doctor).toMatchObject({ code: 1, stderr: '' })
      expect(doctor.stdout).toContain(`Token nightly (${secret.slice(0, 18)})`)
      expect(doctor.stdout).toContain('429 limit_reached')

      const revoked = await run('token', 'revoke', secret.slice(0, 18))
      expect(revoked).toMatchObject({ code: 0, stderr: '' })
      expect(revoked.stdout).toMatch(/Status +revoked/)
      const refused = await ask(secret)
      expect([refused.status, await refused.json()]).toMatchObject([401, { error: { code: 'token_revoked' } }])
      const audit = await run('audit')
      expect(audit.stdout).toContain(`Made token “nightly” of key “${key}”`)

      expect(await run('token', 'create', '--key', key, '--ttl', '59s')).toMatchObject({ code: 2 })
      expect(await run('token', 'create', '--key', key, '--ttl', '8d')).toMatchObject({ code: 2 })
      expect(await run('token', 'create')).toMatchObject({ code: 2 })
      expect((await run('token', 'revoke', 'et-weir-0000000000')).stderr).toContain('There is no token')
    } finally {
      host.signal('SIGINT')
      await host.ended
    }
  })

  it('says that a token ends with its key, and lets a key make its own', { timeout: 60_000 }, async () => {
    const dataDir = makeTempDir('token')
    const env = { WEIR_PASSPHRASE: 'token test passphrase' }
    const host = await startHost(dataDir, [], { env })
    const key = host.apiKey.slice(0, 18)
    const post = async () => {
      const headers = { authorization: `Bearer ${host.apiKey}` }
      return (await fetch(`${host.baseUrl}/ephemeral_tokens`, { method: 'POST', headers })).status
    }
    try {
      expect(await post()).toBe(403)
      await weir(dataDir, ['key', 'update', key, '--make-tokens', 'yes', '--expires', '30m'])
      expect(await post()).toBe(200)
      const made = await weir(dataDir, ['token', 'create', '--key', key])
      expect(made.stdout).toContain('It ends with its key, earlier than asked for.')
      await weir(dataDir, ['key', 'update', key, '--make-tokens', 'no'])
      expect(await post()).toBe(403)
      expect(await weir(dataDir, ['key', 'update', key, '--make-tokens', 'maybe'])).toMatchObject({ code: 2 })
    } finally {
      host.signal('SIGINT')
      await host.ended
    }
  })
})
