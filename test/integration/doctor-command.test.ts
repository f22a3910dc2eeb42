/** `weir doctor` as an operator uses it: a real host, real processes, and the exit code for scripts. */
import { describe, expect, it } from 'vitest'
import { makeTempDir } from '../support/temp-dir.ts'
import { startHost, weir } from '../support/weir-process.ts'

describe('weir doctor', () => {
  it(
    'exits with 0 where the request would pass, and with 1 and the reason where not',
    { timeout: 60_000 },
    async () => {
      const dataDir = makeTempDir('doctor')
      const env = { WEIR_PASSPHRASE: 'doctor test passphrase' }
      const host = await startHost(dataDir, [], { env })
      try {
        const prefix = host.apiKey.slice(0, 18)
        const passes = await weir(dataDir, ['doctor', '--key', prefix, '--model', 'sim-chat', '--input', '2000'])
        expect(passes).toMatchObject({ code: 0, stderr: '' })
        expect(passes.stdout).toContain('It would pass.')
        await weir(dataDir, ['key', 'update', prefix, '--limit', 'input-tokens-per-request=100'])
        const args = ['doctor', '--key', prefix, '--model', 'sim-chat', '--input', '2000', '--output', '500']
        const fails = await weir(dataDir, args)
        expect(fails).toMatchObject({ code: 1, stderr: '' })
        expect(fails.stdout).toContain('FAIL Limits and budgets:')
        expect(fails.stdout).toContain('It would be refused: 400 request_over_limit.')
        const json = await weir(dataDir, [...args, '--json'])
        expect(json.code).toBe(1)
        expect(JSON.parse(json.stdout)).toMatchObject({ passes: false, answer: { status: 400, step: 'limits' } })
        const tried = await weir(dataDir, ['doctor', '--secret-stdin', '--model', 'sim-chat', '--input', '10'], {
          stdin: host.apiKey,
        })
        expect(tried).toMatchObject({ code: 0, stderr: '' })
        expect(tried.stdout).toContain('The secret is right.')
        expect(tried.stdout).not.toContain(host.apiKey)
        const planned = await weir(dataDir, ['pool', 'plan', 'Demo', '--model', 'sim-chat', '--key', prefix])
        expect(planned).toMatchObject({ code: 0, stderr: '' })
        expect(planned.stdout).toMatch(/1 +.* tried first +100 % +- +0/)
        const [, name = ''] = /^1 +(.+?) {2,}tried/m.exec(planned.stdout) ?? []
        const without = ['pool', 'plan', 'Demo', '--model', 'sim-chat', '--without', name]
        const none = await weir(dataDir, without)
        expect(none).toMatchObject({ code: 1, stderr: '' })
        expect(none.stdout).toContain('not tried: paused')
        expect(JSON.parse((await weir(dataDir, [...without, '--json'])).stdout)).toMatchObject({
          now: { refusal: null, places: [{ name, outcome: 'ordered' }] },
          draft: { refusal: { code: 'no_upstream_eligible' } },
        })
        expect(await weir(dataDir, ['pool', 'plan', 'Demo'])).toMatchObject({ code: 2 })
        const whole = await weir(dataDir, ['doctor'])
        expect(whole).toMatchObject({ code: 0, stderr: '' })
        expect(whole.stdout).toMatch(/Upstreams\s+1 of 1 ready/)
        expect(await weir(dataDir, ['doctor', '--model', 'm'])).toMatchObject({ code: 2 })
      } finally {
        host.signal('SIGINT')
        await host.ended
      }
      const closed = await weir(dataDir, ['doctor'], { env })
      expect(closed).toMatchObject({ code: 1 })
      expect(closed.stdout).toContain('not listening')
    },
  )
})
