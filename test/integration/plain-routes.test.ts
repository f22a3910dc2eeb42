/** Routes that pass as they are: what goes up and comes down, who may ask, and who is asked after a failure. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { closedPort } from '../support/http-peer.ts'
import { FORM_TYPE, formBytes, noise, startPlainPeer, type PlainPeer } from '../support/plain-peer.ts'
import { errorOf, exchange, type RawRequest } from '../support/raw-client.ts'
import { asCodex } from '../support/upstream-answers.ts'

let rig: GatewayRig
let first: PlainPeer
let second: PlainPeer
let key: string

const GOOD = { body: { created: 1, data: [{ b64_json: 'aGk=' }], usage: { input_tokens: 7, output_tokens: 90 } } }

beforeAll(async () => {
  rig = await startGateway({ settings: { 'routing.cooldownMs': 0, 'routing.breakerFailures': 1_000 } })
  first = await startPlainPeer()
  second = await startPlainPeer()
})
beforeEach(() => {
  for (const peer of [first, second]) {
    peer.calls.length = 0
    peer.answer = GOOD
  }
  key = rig.pool([
    upstreamRecord('a', first.url, { kind: 'openai' }),
    upstreamRecord('b', second.url, { kind: 'openai' }),
  ])
})
afterAll(async () => {
  await rig.close()
  await first.close()
  await second.close()
})

const recording = noise(50_000)
const form = (model: string | null = 'whisper-1') =>
  formBytes([
    { name: 'file', value: recording, file: 'a recording.wav' },
    ...(model === null ? [] : [{ name: 'model', value: model }]),
    { name: 'prompt', value: 'names: Weir' },
  ])
const asForm = [['content-type', FORM_TYPE]] as const

const ask = (path: string, body: unknown, more: Partial<RawRequest> = {}) =>
  exchange(rig.port, { path, key, body, ...more })
const jsonRoutes = [
  ['/v1/responses/compact', '/v1/responses/compact'],
  ['/backend-api/codex/responses/compact', '/v1/responses/compact'],
  ['/v1/alpha/search', '/v1/alpha/search'],
  ['/backend-api/codex/alpha/search', '/v1/alpha/search'],
  ['/v1/images/generations', '/v1/images/generations'],
  ['/backend-api/codex/images/generations', '/v1/images/generations'],
  ['/v1/images/edits', '/v1/images/edits'],
  ['/backend-api/codex/images/edits', '/v1/images/edits'],
] as const

describe('what passes as it is', () => {
  it.each(jsonRoutes)('goes from %s to %s and back, to the byte', async (path, upstreamPath) => {
    const body = '{ "model" : "gpt-x",\n "prompt":"\\u0061 fox", "input":[], "unknown": {"a":[1.50]} }'
    const answer = '{"output" : [],  "data":[], "unknown":1e2, "usage":{"input_tokens":3,"output_tokens":4}}'
    first.answer = { body: answer, headers: { 'x-of-the-upstream': 'yes' } }
    const got = await ask(path, body)
    expect([got.status, got.body.toString(), got.headers['x-of-the-upstream']]).toEqual([200, answer, 'yes'])
    expect(first.calls).toMatchObject([{ method: 'POST', url: upstreamPath, bytes: Buffer.from(body) }])
    expect(first.calls[0]?.headers).toMatchObject({ authorization: 'Bearer secret-of-a' })
    expect(rig.rows().at(-1)).toMatchObject({ state: 'completed', model: 'gpt-x', input_tokens: 3, output_tokens: 4 })
  })

  it.each([
    ['/v1/audio/transcriptions', '/v1/audio/transcriptions'],
    ['/v1/images/edits', '/v1/images/edits'],
  ])('brings a form with bytes that are no text to %s', async (path, upstreamPath) => {
    const got = await ask(path, form(), { headers: asForm })
    expect(got.status).toBe(200)
    expect(first.calls).toMatchObject([{ url: upstreamPath, headers: { 'content-type': FORM_TYPE } }])
    expect(first.calls[0]?.bytes.equals(form())).toBe(true)
  })

  it('brings back a text, and says nothing of tokens where seconds are told', async () => {
    first.answer = { type: 'text/plain; charset=utf-8', body: 'recorded wörds\n' }
    const text = await ask('/v1/audio/transcriptions', form(), { headers: asForm })
    expect([text.headers['content-type'], text.body.toString()]).toEqual([
      'text/plain; charset=utf-8',
      'recorded wörds\n',
    ])
    first.answer = { body: { text: 'a', usage: { type: 'duration', seconds: 4 } } }
    await ask('/v1/audio/transcriptions', form(), { headers: asForm })
    expect(rig.rows().slice(-2)).toMatchObject([
      { usage_source: 'none', input_tokens: 0, output_tokens: 0 },
      { usage_source: 'none', input_tokens: 0, output_tokens: 0 },
    ])
  })

  it('streams, and counts what its last event says', async () => {
    const stream = ['partial_image', 'completed']
      .map((name) => ({ type: `image_generation.${name}`, b64_json: 'aGk='.repeat(40_000) }))
      .map((event, index) => (index === 0 ? event : { ...event, usage: { input_tokens: 5, output_tokens: 272 } }))
      .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
      .join('')
    first.answer = { type: 'text/event-stream', body: stream }
    const got = await ask('/v1/images/generations', { model: 'gpt-image-1', prompt: 'x', stream: true })
    expect(got.body.toString() === stream).toBe(true)
    expect(rig.rows().at(-1)).toMatchObject({ state: 'completed', input_tokens: 5, output_tokens: 272 })
  })

  it('gives a large picture as it comes', async () => {
    const body = JSON.stringify({
      created: 1,
      data: [{ b64_json: 'A'.repeat(3_000_000) }],
      usage: { input_tokens: 1, output_tokens: 2 },
    })
    first.answer = { body }
    const got = await ask('/v1/images/generations', { model: 'gpt-image-1', prompt: 'x' })
    expect(got.body.toString() === body).toBe(true)
    expect(rig.rows().at(-1)).toMatchObject({ usage_source: 'reported', output_tokens: 2 })
  })
})

describe('the model of what passes as it is', () => {
  it('is asked of the key, in JSON and in a form', async () => {
    key = rig.key({ modelPolicy: { mode: 'selected', models: ['mine'] }, selectedModels: new Set(['mine']) })
    for (const body of [
      { model: 'other', prompt: 'x' },
      { model: 'mine', prompt: 'x' },
    ]) {
      expect((await ask('/v1/images/generations', body)).status).toBe(body.model === 'mine' ? 200 : 403)
    }
    for (const model of ['other', 'mine']) {
      const answer = await ask('/v1/audio/transcriptions', form(model), { headers: asForm })
      expect(answer.status).toBe(model === 'mine' ? 200 : 403)
    }
    expect(first.calls).toHaveLength(2)
  })

  it.each(['given', 'missing'])(
    'is replaced in a form by the one that the key enforces, where it is %s',
    async (how) => {
      key = rig.key({ enforced: { model: 'of-the-key', effort: null, serviceTier: null } })
      await ask('/v1/audio/transcriptions', form(how === 'given' ? 'whisper-1' : null), { headers: asForm })
      const bytes = first.calls[0]?.bytes ?? Buffer.alloc(0)
      expect(bytes.toString('latin1')).toContain('name="model"\r\n\r\nof-the-key\r\n')
      expect(bytes.includes(recording)).toBe(true)
      expect(bytes.includes('whisper-1')).toBe(false)
    },
  )

  it('is what the alias of the Pool says', async () => {
    const models = { aliases: new Map([['draw', 'gpt-image-1']]), allowed: null }
    key = rig.pool([upstreamRecord('a', first.url, { kind: 'openai' })], {}, { models })
    await ask('/v1/images/generations', '{"model":"draw","n":1}')
    await ask('/v1/images/edits', formBytes([{ name: 'model', value: 'draw' }]), { headers: asForm })
    expect(first.calls.map(({ bytes }) => bytes.toString())).toEqual([
      '{"model":"gpt-image-1","n":1}',
      formBytes([{ name: 'model', value: 'gpt-image-1' }]).toString(),
    ])
  })

  it.each([
    ['no model', form(null), 'invalid_request'],
    [
      'two models',
      formBytes([
        { name: 'model', value: 'a' },
        { name: 'model', value: 'b' },
      ]),
      'invalid_request',
    ],
    ['a form that does not end', form().subarray(0, 300), 'invalid_request'],
  ])('is refused with %s', async (_what, body, code) => {
    const answer = await ask('/v1/audio/transcriptions', body, { headers: asForm })
    expect([answer.status, errorOf(answer).code, first.calls.length]).toEqual([400, code, 0])
  })

  it('is refused where it should be in a form and comes as JSON', async () => {
    const answer = await ask('/v1/audio/transcriptions', { model: 'whisper-1' })
    expect([answer.status, errorOf(answer).message]).toEqual([400, expect.stringContaining('multipart/form-data')])
  })

  it('takes the effort that the key enforces into a compaction, and into nothing else', async () => {
    key = rig.key({ enforced: { model: null, effort: 'low', serviceTier: 'flex' } })
    await ask('/v1/responses/compact', '{"model":"m","input":[]}')
    await ask('/v1/images/generations', '{"model":"m"}')
    await ask('/v1/alpha/search', '{"model":"m"}')
    expect(first.calls.map(({ bytes }) => bytes.toString())).toEqual([
      '{"model":"m","input":[],"reasoning":{"effort":"low"},"service_tier":"flex"}',
      '{"model":"m"}',
      '{"model":"m"}',
    ])
  })
})

const once = [
  ['/v1/images/generations', { model: 'm', prompt: 'x' }, {}],
  ['/v1/responses/compact', { model: 'm', input: [] }, {}],
  ['/v1/images/edits', form(), { headers: asForm }],
  ['/v1/files', form(), { headers: asForm }],
] as const
const anyTimes = [
  ['/v1/alpha/search', { model: 'm', id: 's' }, {}],
  ['/v1/audio/transcriptions', form(), { headers: asForm }],
] as const

describe('after a failure', () => {
  it.each(once)('%s is not asked twice where it may have been begun', async (path, body, more) => {
    for (const reply of [{ status: 500, body: { error: {} } }, { body: 'no JSON' }, null]) {
      first.calls.length = 0
      first.answer = reply
      expect((await ask(path, body, more)).status).toBeGreaterThanOrEqual(500)
      expect([first.calls.length, second.calls.length]).toEqual([1, 0])
    }
  })

  it.each([...once, ...anyTimes])(
    '%s goes elsewhere where it was refused or never arrived',
    async (path, body, more) => {
      for (const status of [429, 401, 403]) {
        first.answer = { status, body: { error: { message: 'no', code: 'x' } }, headers: { 'retry-after-ms': '0' } }
        const answer = await ask(path, body, more)
        expect([status, answer.status]).toEqual([status, 200])
        rig.pool([
          upstreamRecord('a', first.url, { kind: 'openai' }),
          upstreamRecord('b', second.url, { kind: 'openai' }),
        ])
      }
      expect(second.calls).toHaveLength(3)
      const nobody = `http://127.0.0.1:${await closedPort()}`
      key = rig.pool([
        upstreamRecord('dead', nobody, { kind: 'openai' }),
        upstreamRecord('b', second.url, { kind: 'openai' }),
      ])
      expect((await ask(path, body, more)).status).toBe(200)
    },
  )

  it.each(anyTimes)('%s goes elsewhere whatever it was', async (path, body, more) => {
    for (const reply of [{ status: 500, body: { error: {} } }, null]) {
      first.answer = reply
      expect((await ask(path, body, more)).status).toBe(200)
    }
    expect(second.calls).toHaveLength(2)
  })

  it('a refusal of the request itself comes as it is', async () => {
    first.answer = { status: 400, body: { error: { message: 'no such size', code: 'invalid_value' } } }
    const answer = await ask('/v1/images/generations', { model: 'm' })
    expect([answer.status, errorOf(answer).message, second.calls.length]).toEqual([400, 'no such size', 0])
  })
})

describe('what is not served', () => {
  it.each(['/v1/responses/compact', '/v1/alpha/search', '/backend-api/transcribe', '/backend-api/files'])(
    '%s has a code of its own where no kind of upstream has it',
    async (path) => {
      key = rig.pool([upstreamRecord('compatible', first.url)])
      const isForm = path.endsWith('transcribe')
      const request = { path, key, body: isForm ? form() : { model: 'm' }, headers: isForm ? asForm : [] }
      const answer = await exchange(rig.port, request)
      expect([answer.status, errorOf(answer).code, answer.headers['x-should-retry']]).toEqual([
        404,
        'route_not_served',
        'false',
      ])
      const codex = await exchange(rig.port, { ...request, headers: [...request.headers, ...asCodex] })
      expect([codex.status, errorOf(codex).code]).toEqual([400, 'route_not_served'])
      expect(first.calls).toEqual([])
    },
  )

  it('goes to the one of the Pool that serves it', async () => {
    key = rig.pool([upstreamRecord('compatible', first.url), upstreamRecord('b', second.url, { kind: 'openai' })])
    expect((await ask('/v1/responses/compact', { model: 'm', input: [] })).status).toBe(200)
    expect([first.calls.length, second.calls.length]).toEqual([0, 1])
    expect(rig.rows().at(-1)?.exclusions).toContain('route_not_served')
  })

  it.each(['/v1/files', '/v1/audio/transcriptions'])(
    'an upload to %s larger than the setting is refused',
    async (path) => {
      const { settings } = rig.directory
      rig.directory.putSettings({ ...settings, 'gateway.maxUploadBytes': 10_000 })
      const answer = await ask(path, form(), { headers: asForm })
      rig.directory.putSettings(settings)
      expect([answer.status, errorOf(answer).code]).toEqual([413, 'body_too_large'])
      expect(first.calls).toEqual([])
    },
  )

  it('is told by method, and by its head alone not at all', async () => {
    const answers = await Promise.all(
      ['PUT', 'HEAD'].map((method) =>
        exchange(rig.port, { method, path: '/v1/files/x', key, headers: [['connection', 'close']] }),
      ),
    )
    expect(answers.map(({ status, headers }) => [status, headers['allow']])).toEqual([
      [405, 'GET, DELETE'],
      [405, 'GET, DELETE'],
    ])
  })
})
