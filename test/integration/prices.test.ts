/** Prices from the operator's call to the disk and back: history, import, restart, the audit log, the command. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createApp } from '../../src/main/app.ts'
import { runCli } from '../../src/main/cli/run-cli.ts'
import { ratesText } from '../../src/shared/price-text.ts'
import { auditText } from '../../src/shared/audit-sentence.ts'
import type { PriceRow } from '../../src/shared/models/price.ts'
import type { PricePreview } from '../../src/shared/models/price-import.ts'
import type { RpcResult } from '../../src/shared/contract.ts'
import { closeApps, startApp, type AppRig } from '../support/app-rig.ts'
import { startHttpPeer } from '../support/http-peer.ts'
import { createServicesRig } from '../support/services-rig.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
  await closeApps()
})

const RATES = { input: 3_000_000, output: 9_000_000 }
/** As LiteLLM writes it, digits and all. */
const LITELLM = `{
  "sample_spec": {"input_cost_per_token": 0.0, "mode": "one of: chat"},
  "gpt-5": {"input_cost_per_token": 1.5e-06, "output_cost_per_token": 1.2e-05, "cache_read_input_token_cost": 1.5e-07},
  "gpt-5-pro": {"input_cost_per_token": 1.5e-05, "output_cost_per_token": 0.00012},
  "new-model": {"input_cost_per_token": 1.3e-07, "output_cost_per_token": 6e-07},
  "dall-e-3": {"output_cost_per_image": 0.04}
}`

async function rowOf({ call }: AppRig, model: string, upstreamId: string | null = null): Promise<PriceRow | undefined> {
  const { rows } = await call('price.list', {})
  return rows.find((row) => row.model === model && row.upstreamId === upstreamId)
}

async function sentences({ call }: AppRig): Promise<string[]> {
  return (await call('audit.list', { targetKind: 'price' })).rows.map(auditText)
}

describe('prices', () => {
  it('come with Weir, each with its source and day', async () => {
    const rig = await startApp()
    expect(await rowOf(rig, 'gpt-5')).toMatchObject({
      source: 'bundled',
      from: 0,
      bundled: null,
      requests: 0,
      maxOutputTokens: 128_000,
      contextWindow: 400_000,
      note: 'https://developers.openai.com/api/docs/pricing, as of 2026-07-24.',
    })
    expect(await sentences(rig)).toEqual([])
  })

  it('are set, kept over a restart, given up, and taken away, with a history and an audit entry each', async () => {
    const first = await startApp()
    const started = Date.now()
    const set = await first.call('price.set', { model: 'gpt-5', rates: RATES, note: 'our contract' })
    expect(set).toMatchObject({ source: 'operator', note: 'our contract', upstreamId: null })
    expect(set.from).toBeGreaterThanOrEqual(started)
    expect(set.bundled === null ? '' : ratesText(set.bundled)).toContain('input $1.25, cached $0.125, output $10')
    // The same again is no change.
    expect((await first.call('price.set', { model: 'gpt-5', rates: RATES, note: 'our contract' })).id).toBe(set.id)
    expect(first.events.filter((event) => event.type === 'price.changed').length).toBe(1)
    await first.close()

    const rig = await startApp({ dataDir: first.dataDir })
    expect(await rowOf(rig, 'gpt-5')).toMatchObject({ id: set.id, note: 'our contract' })
    const back = await rig.call('price.remove', { model: 'gpt-5' })
    expect(back).toMatchObject({ source: 'bundled', bundled: null })
    await expect(rig.call('price.remove', { model: 'gpt-5' })).rejects.toMatchObject({ code: 'not_found' })
    expect(await rig.call('price.remove', { model: 'gpt-5', to: 'unpriced' })).toMatchObject({
      rates: null,
      source: 'operator',
    })
    await rig.call('price.set', { model: 'ours-*', rates: RATES })
    expect(await rig.call('price.remove', { model: 'ours-*' })).toBeNull()
    const history = await rig.call('price.history', { model: 'gpt-5' })
    expect(history.map(({ source, rates }) => [source, rates?.input ?? null])).toEqual([
      ['operator', null],
      ['bundled', 1_250_000],
      ['operator', 3_000_000],
      ['bundled', 1_250_000],
    ])
    expect(history.map(({ from }) => from)).toEqual(history.map(({ from }) => from).toSorted((a, b) => b - a))
    expect(await sentences(rig)).toEqual([
      'Gave the own price of “ours-*” up',
      'Set the price of “ours-*”',
      'Took the price of “gpt-5” away',
      'Failed to give the price of “gpt-5” up (not_found)',
      'Gave the own price of “gpt-5” up',
      'Set the price of “gpt-5”',
    ])
    const [entry] = (await rig.call('audit.list', { actions: ['price.set'], text: 'our contract' })).rows
    expect(entry).toMatchObject({
      before: { source: 'bundled' },
      after: { rates: 'input $3, output $9', note: 'our contract' },
    })
  })

  it('of one upstream go before the general one, and an upstream that is not there has none', async () => {
    const rig = await startApp()
    const { upstream } = await rig.call('setup.simulator', {})
    const model = upstream.simulator?.models[0] ?? ''
    expect((await rig.call('price.list', {})).unpriced).toContainEqual({
      model,
      requests: 0,
      upstreamIds: [upstream.id],
      withdrawn: false,
    })
    const row = await rig.call('price.set', { model, upstreamId: upstream.id, rates: RATES })
    expect(row).toMatchObject({ upstreamName: upstream.name, requests: null })
    expect((await rig.call('price.list', {})).unpriced.map((each) => each.model)).not.toContain(model)
    expect(await sentences(rig)).toEqual([`Set the price of “${model} at ${upstream.name}”`])
    await rig.call('price.remove', { model, upstreamId: upstream.id, to: 'unpriced' })
    expect((await rig.call('price.list', {})).unpriced).toContainEqual(
      expect.objectContaining({ model, withdrawn: true }),
    )
    const unknown = { model, upstreamId: 'ups_0000000000000000', rates: RATES }
    await expect(rig.call('price.set', unknown)).rejects.toMatchObject({ code: 'not_found' })
    await expect(rig.call('price.set', { model: 'a*b', rates: RATES })).rejects.toMatchObject({ code: 'invalid_input' })
    const negative = { model, rates: { ...RATES, input: -1 } }
    await expect(rig.call('price.set', negative)).rejects.toMatchObject({ code: 'invalid_input' })
  })
})

describe('a list of prices', () => {
  it('is compared before it is taken over, row by row, and only what was chosen is', async () => {
    const rig = await startApp()
    const { call } = rig
    const half = Math.floor(LITELLM.length / 2)
    const { id: uploadId } = await call('price.upload', { part: LITELLM.slice(0, half) })
    expect(await call('price.upload', { id: uploadId, part: LITELLM.slice(half) })).toEqual({
      id: uploadId,
      bytes: LITELLM.length,
    })
    const preview = await call('price.preview', { uploadId, name: 'prices.json' })
    expect(preview).toMatchObject({
      format: 'litellm',
      origin: 'prices.json',
      counts: { added: 1, changed: 1, unchanged: 1, invalid: 1 },
      invalid: [{ row: 4, name: 'dall-e-3', reason: 'has no price per input token' }],
    })
    const shown = preview.rows.map(({ row, model, change, before, after, known }) => {
      return [row, model, change, before?.source ?? null, ratesText(after), known]
    })
    expect(shown).toEqual([
      [1, 'gpt-5', 'changed', 'bundled', 'input $1.50, cached $0.15, output $12', false],
      [2, 'gpt-5-pro', 'unchanged', 'bundled', 'input $15, output $120', false],
      [3, 'new-model', 'added', null, 'input $0.13, output $0.60', false],
    ])
    expect(await rowOf(rig, 'new-model')).toBeUndefined()
    expect(await call('price.import', { id: preview.id, rows: [2, 3] })).toEqual({ added: 1, changed: 0 })
    expect(await rowOf(rig, 'new-model')).toMatchObject({ source: 'import', note: 'prices.json' })
    expect(await rowOf(rig, 'gpt-5')).toMatchObject({ source: 'bundled' })
    expect(await sentences(rig)).toEqual(['Imported prices from “prices.json”: “1” added, “0” changed'])
    await expect(call('price.import', { id: preview.id })).rejects.toMatchObject({ code: 'not_found' })
    await expect(call('price.preview', { uploadId, name: 'x' })).rejects.toMatchObject({ code: 'not_found' })

    const exported = await call('price.export', {})
    expect(exported.rows).toBe(1)
    const other = await startApp()
    const copy = await other.call('price.preview', { text: exported.text, name: exported.fileName })
    expect(copy).toMatchObject({ format: 'weir', counts: { added: 1, changed: 0, unchanged: 0, invalid: 0 } })
    await other.call('price.import', { id: copy.id })
    expect((await rowOf(other, 'new-model'))?.rates).toEqual((await rowOf(rig, 'new-model'))?.rates)
  })

  it('is fetched from an address, in force at once and after a restart', async () => {
    const peer = await startHttpPeer((req, res) => {
      if (req.url === '/moved') res.writeHead(302, { location: '/prices.json?token=secret' }).end()
      else res.writeHead(200, { 'content-type': 'text/plain' }).end(LITELLM)
    })
    closers.push(() => peer.close())
    const rig = await createServicesRig({ priceFetch: { allowLoopback: true } })
    const result = (await rig.call('price.preview', { url: `${peer.url}/moved` })) as RpcResult<PricePreview>
    if (!result.ok) throw new Error(result.error.message)
    expect(result.value).toMatchObject({ origin: `${peer.url}/moved`, counts: { added: 1, changed: 1 } })
    expect(await rig.call('price.import', { id: result.value.id })).toEqual({
      ok: true,
      value: { added: 1, changed: 1 },
    })
    const now = rig.clock.now
    await rig.close()
    const again = await createServicesRig({ dataDir: rig.dataDir })
    closers.push(() => again.close())
    const { rows } = await again.services.prices.list()
    expect(rows.filter((row) => row.source === 'import')).toMatchObject([
      { model: 'gpt-5', from: now, note: `${peer.url}/moved`, rates: { input: 1_500_000 } },
      { model: 'new-model', from: now, rates: { input: 130_000 } },
    ])
    // Without the option of the tests, this machine is no place to fetch from.
    expect(await again.call('price.preview', { url: `https://localhost:${peer.port}/` })).toMatchObject({
      ok: false,
      error: { code: 'price_list_not_allowed' },
    })
  })

  it('of a later clock stands after the one before it, also when the clock went back', async () => {
    const rig = await createServicesRig()
    closers.push(() => rig.close())
    await rig.call('price.set', { model: 'm', rates: RATES })
    rig.clock.now -= 60_000
    await rig.call('price.set', { model: 'm', rates: { ...RATES, input: 7 } })
    rig.clock.now += 60_000
    const { rows } = await rig.services.prices.list()
    expect(rows.find((row) => row.model === 'm')?.rates?.input).toBe(7)
  })

  it('waits for half an hour, and a few at most', async () => {
    const rig = await createServicesRig()
    closers.push(() => rig.close())
    const preview = async () => {
      const result = await rig.call('price.preview', { text: LITELLM, name: 'list' })
      return result.ok ? (result.value as PricePreview).id : ''
    }
    const ids: string[] = []
    for (let index = 0; index < 5; index += 1) ids.push(await preview())
    expect(await rig.call('price.import', { id: ids[0] })).toMatchObject({ error: { code: 'not_found' } })
    rig.clock.now += 30 * 60_000
    expect(await rig.call('price.import', { id: ids[4] })).toMatchObject({ error: { code: 'not_found' } })
  })

  it('of 20,000 rows is taken over, and too large ones are refused', async () => {
    const rig = await startApp()
    const entry = { input_cost_per_token: 1e-6, output_cost_per_token: 2e-6 }
    const list = JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`m-${at}`, entry])))
    let id: string | null = null
    for (let at = 0; at < list.length; at += 200_000) {
      id = (await rig.call('price.upload', { id, part: list.slice(at, at + 200_000) })).id
    }
    const preview = await rig.call('price.preview', { uploadId: id ?? '', name: 'large.json' })
    expect(await rig.call('price.import', { id: preview.id })).toEqual({ added: 20_000, changed: 0 })
    expect((await rowOf(rig, 'm-19999'))?.rates?.input).toBe(1_000_000)

    const part = ' '.repeat(200_000)
    let upload: string | null = null
    for (let parts = 0; parts < 104; parts += 1) upload = (await rig.call('price.upload', { id: upload, part })).id
    await expect(rig.call('price.upload', { id: upload, part })).rejects.toMatchObject({ code: 'price_list_too_large' })
  })
})

describe('weir price', () => {
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

  it('lists, sets, gives up and imports', async () => {
    const dataDir = makeTempDir('price-command')
    const set = ['price', 'set', 'gpt-5', '--input', '2', '--output', '8.5', '--cached-input', '0.2']
    const more = ['--long', '200000:4:17', '--tier', 'flex:1:4.25:0.1']
    expect(await weir(dataDir, ...set, ...more)).toMatchObject({
      code: 0,
      stdout:
        'The price of gpt-5 is from now on, per million tokens: input $2, cached $0.20, output $8.50; ' +
        'above 200,000 input tokens: input $4, output $17; flex: input $1, cached $0.10, output $4.25.\n',
    })
    const own = await weir(dataDir, 'price', 'list', '--own')
    expect(own.stdout.split('\n').length).toBe(3)
    expect(own.stdout).toMatch(/^gpt-5 +every +input \$2, .* operator +0$/m)
    expect((await weir(dataDir, 'price', 'list')).stdout).toContain('claude-opus-5-5')
    expect((await weir(dataDir, 'price', 'list', '--unpriced')).stdout).toBe('Every model has a price.\n')
    const back = await weir(dataDir, 'price', 'remove', 'gpt-5')
    expect(back.stdout).toContain('gpt-5 costs per million tokens: input $1.25')

    const file = join(dataDir, 'prices.json')
    writeFileSync(file, LITELLM)
    const shown = await weir(dataDir, 'price', 'import', file, '--all')
    expect(shown.stdout).toContain('prices.json: 1 new, 1 changed, 1 the same, 1 not readable.')
    expect(shown.stdout).toMatch(/^changed +gpt-5 +input \$1\.25.* input \$1\.50, cached \$0\.15, output \$12$/m)
    expect(shown.stdout).toContain('Nothing was changed.')
    expect((await weir(dataDir, 'price', 'import', file, '--yes')).stdout).toBe('Nothing to take over.\n')
    expect((await weir(dataDir, 'price', 'import', file, '--all', '--yes')).stdout).toBe('1 prices added, 1 changed.\n')
    expect((await weir(dataDir, 'audit')).stdout).toContain('Imported prices from “prices.json”')
  })

  it.each([
    [['price', 'set', 'm'], '--input is missing'],
    [['price', 'set', 'm', '--input', 'x', '--output', '1'], '--input is "x", but must be dollars per million tokens'],
    [['price', 'set', 'm', '--input', '1', '--output', '1', '--long', '5:1'], '--long is "5:1"'],
    [['price', 'set', 'm', '--input', '1', '--output', '1', '--tier', ':1:1'], '--tier is ":1:1"'],
    [['price', 'import', '/nowhere/prices.json'], 'The file "/nowhere/prices.json" cannot be read.'],
    [['price', 'import', 'http://example.com/prices.json'], 'must begin with https://'],
    [['price', 'remove', 'unheard-of'], 'There is no price of your own'],
  ])('%j says what is wrong', async (argv, message) => {
    const { code, stderr } = await weir(makeTempDir('price-command'), ...argv)
    expect(code).not.toBe(0)
    expect(stderr).toContain(message)
  })
})
