/** `weir audit verify`, `data`, `backup`, `diagnostics` and `share`, as an operator types them. */
import Database from 'better-sqlite3'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createApp } from '../../src/main/app.ts'
import { runCli } from '../../src/main/cli/run-cli.ts'
import { closeApps, startApp } from '../support/app-rig.ts'
import { insertOldRequests } from '../support/old-requests.ts'
import { findCanaries, plantCanaries } from '../support/canaries.ts'
import { makeTempDir } from '../support/temp-dir.ts'

afterEach(closeApps)

/** One run of the command on a data directory that nobody has open. */
async function weir(dataDir: string, ...argv: readonly string[]) {
  const seen = { stdout: '', stderr: '' }
  const code = await runCli({
    argv: [...argv, '--data-dir', dataDir],
    io: {
      env: {},
      stdin: (async function* () {})() as never,
      stdout: (text) => (seen.stdout += text),
      stderr: (text) => (seen.stderr += text),
      now: Date.now,
    },
    createCore: createApp,
    version: '0.0.0',
    start: () => Promise.reject(new Error('not here')),
  })
  return { code, ...seen }
}

describe('weir audit', () => {
  it('reads as sentences, and verify ends with 1 once an entry was changed', async () => {
    const dataDir = makeTempDir('care-commands')
    await weir(dataDir, 'pool', 'create', 'Team')
    expect((await weir(dataDir, 'audit')).stdout).toContain('Created Pool “Team”')
    const whole = await weir(dataDir, 'audit', 'verify')
    expect(whole).toMatchObject({ code: 0, stderr: '' })
    expect(whole.stdout).toContain('The audit log is whole: 1 entries.')
    const client = new Database(join(dataDir, 'weir.db'))
    client.exec(`drop trigger audit_no_update; update audit set target_name = 'Crew'`)
    client.close()
    const broken = await weir(dataDir, 'audit', 'verify', '--json')
    expect(broken.code).toBe(1)
    expect(JSON.parse(broken.stdout)).toMatchObject({ intact: false, broken: { id: '1', problem: 'altered' } })
  })
})

describe('weir backup', () => {
  it('makes, lists, checks, restores and deletes', async () => {
    const dataDir = makeTempDir('care-commands')
    await weir(dataDir, 'pool', 'create', 'Team')
    const made = await weir(dataDir, 'backup', 'create', '--json')
    expect(made).toMatchObject({ code: 0, stderr: '' })
    const { backup } = JSON.parse(made.stdout) as { backup: { id: string; path: string } }
    expect((await weir(dataDir, 'backup', 'list')).stdout).toContain(backup.id)
    expect((await weir(dataDir, 'backup', 'check', backup.id)).stdout).toContain('1 Pools')
    expect((await weir(dataDir, 'backup', 'check', backup.path)).code).toBe(0)
    expect((await weir(dataDir, 'backup', 'check', 'none')).code).toBe(3)
    await weir(dataDir, 'pool', 'create', 'Later')
    const restored = await weir(dataDir, 'backup', 'restore', backup.id)
    expect(restored.stdout).toContain('at the next start')
    expect((await weir(dataDir, 'pool', 'list')).stdout).not.toContain('Later')
    expect((await weir(dataDir, 'backup', 'delete', backup.id)).code).toBe(0)
    expect(existsSync(backup.path)).toBe(false)
    expect((await weir(dataDir, 'backup', 'list')).stdout).toContain('replaced-')
  })
})

describe('weir data', () => {
  it('compares limits with the log, and check-usage ends with 1 once a counter was changed', async () => {
    const dataDir = makeTempDir('care-commands')
    await weir(dataDir, 'pool', 'create', 'Team')
    const limits = [
      '--limit',
      'budget-per-day=5',
      '--limit',
      'tokens-per-day=0',
      '--model-limit',
      'a*:requests-per-day=9',
    ]
    const made = await weir(dataDir, 'key', 'create', 'laptop', '--pool', 'Team', ...limits)
    expect(made.stdout).toMatch(/Limits +0 tokens a day: denied; \$5\.00 a day; a\*: 9 requests a day/)
    await weir(dataDir, 'key', 'update', 'laptop', '--limit', 'tokens-per-day=')
    expect((await weir(dataDir, 'key', 'list', '--json')).stdout).toContain('"tokensPerDay": null')
    const whole = await weir(dataDir, 'data', 'check-usage')
    expect(whole).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('agrees with the log: 0 counters'),
    })
    const client = new Database(join(dataDir, 'weir.db'))
    client.exec(`insert into usage_day select id, '', '', 3, 40, 5000000 from api_key`)
    client.close()
    const wrong = await weir(dataDir, 'data', 'check-usage')
    expect(wrong.code).toBe(1)
    expect(wrong.stdout).toMatch(/laptop +the key itself +all time +3 requests, 40 tokens, \$0\.005 +0 requests/)
  })

  it('says what there is, what would go, and lets it go', async () => {
    const dataDir = makeTempDir('care-commands')
    await weir(dataDir, 'data', 'status')
    const client = new Database(join(dataDir, 'weir.db'))
    insertOldRequests({ $client: client }, { count: 100, days: 10, now: Date.now() })
    client.close()
    expect((await weir(dataDir, 'data', 'status')).stdout).toMatch(/Requests\s+100, since/)
    const plan = await weir(dataDir, 'data', 'prune', '--rows', '40', '--dry-run')
    expect(plan.stdout).toMatch(/^60 requests would go, the newest of .*; 40 stay\.\n$/)
    expect((await weir(dataDir, 'data', 'prune', '--rows', '40')).stdout).toBe('60 requests deleted.\n')
    expect((await weir(dataDir, 'data', 'compact')).stdout).toMatch(/freed; the database has/)
    expect(JSON.parse((await weir(dataDir, 'data', 'status', '--json')).stdout)).toMatchObject({
      rows: { request: 40 },
    })
    expect((await weir(dataDir, 'data', 'prune', '--days', 'x')).code).toBe(2)
  })
})

describe('weir share', () => {
  it('needs a running Weir', async () => {
    expect((await weir(makeTempDir('care-commands'), 'share', 'all')).code).toBe(5)
  })
})

describe('diagnostics', () => {
  it('are previewed exactly as they are saved, without names, secrets, or the home directory', async () => {
    const rig = await startApp({ env: { WEIR_PASSPHRASE: 'a passphrase for this test' } })
    const { call, dataDir } = rig
    const planted = plantCanaries('apiKey', 'name')
    const upstream = await call('upstream.create', {
      kind: 'openai-compatible',
      name: planted.name,
      baseUrl: 'https://provider.invalid',
      secret: { apiKey: planted.apiKey },
      notes: planted.name,
    })
    const pool = await call('pool.create', { name: `P ${planted.name}`, assignments: [{ upstreamId: upstream.id }] })
    const made = await call('key.create', { poolId: pool.id, name: `K ${planted.name}`, metadata: { a: planted.name } })
    const { text } = await call('diagnostics.preview', {})
    const bundle = JSON.parse(text) as Record<string, { [field: string]: unknown }>
    expect(bundle).toMatchObject({
      program: { node: process.versions.node },
      records: { pools: [{ id: pool.id, keys: 1 }], keys: { active: 1 } },
      settings: { 'gateway.port': { value: 0, default: 4141, overriddenBy: '--port' } },
    })
    expect(bundle['data']?.['rows']).toMatchObject({ pool: 1, api_key: 1 })
    for (const hidden of [planted.name, planted.apiKey, made.secret, made.secret.slice(-38)]) {
      expect(text).not.toContain(hidden)
    }
    const named = (await call('diagnostics.preview', { names: true })).text
    expect(named).toContain(planted.name)
    expect(named).not.toContain(planted.apiKey)
    const saved = await call('diagnostics.save', {})
    if (process.platform !== 'win32') expect(statSync(saved.path).mode & 0o777).toBe(0o600)
    const kept = JSON.parse(readFileSync(saved.path, 'utf8')) as Record<string, unknown>
    expect(Object.keys(kept)).toEqual(Object.keys(bundle))
    expect(findCanaries([join(dataDir, 'diagnostics')], { name: planted.name, apiKey: planted.apiKey })).toEqual([])
    expect((await call('audit.list', { action: 'diagnostics.save' })).rows[0]?.after).toMatchObject({ names: false })
  })

  it('shorten paths under the home directory', async () => {
    const home = process.env['HOME']
    const dataDir = makeTempDir('care-commands')
    process.env['HOME'] = dataDir
    try {
      const { call } = await startApp({ dataDir: join(dataDir, 'weir') })
      const { text } = await call('diagnostics.preview', {})
      expect(text).not.toContain(dataDir)
      expect(text).toContain('"~/weir')
    } finally {
      process.env['HOME'] = home
    }
  })
})
