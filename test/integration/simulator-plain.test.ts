/** What the simulator answers through the gateway to what is no dialect: the same to the same, and valid. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { FORM_TYPE, formBytes, noise } from '../support/plain-peer.ts'
import { exchange } from '../support/raw-client.ts'
import { startSimulator, type TestSimulator } from '../support/simulator.ts'

let simulator: TestSimulator
let rig: GatewayRig
let key: string

beforeAll(async () => {
  simulator = await startSimulator()
  rig = await startGateway()
  const secret = { apiKey: simulator.token }
  const models = new Set(['sim-chat'])
  key = rig.pool([upstreamRecord('sim', simulator.baseUrl('sim'), { kind: 'simulator', secret, models })])
})
afterAll(async () => {
  await rig.close()
  await simulator.close()
})

async function ask(path: string, body: unknown, method = 'POST') {
  const headers = Buffer.isBuffer(body) ? ([['content-type', FORM_TYPE]] as const) : []
  const answer = await exchange(rig.port, { method, path, key, ...(body === undefined ? {} : { body }), headers })
  expect([path, answer.status]).toEqual([path, 200])
  return answer.body
}

const json = async (...asked: Parameters<typeof ask>) =>
  JSON.parse((await ask(...asked)).toString()) as Record<string, unknown>
const form = (more: Record<string, string> = {}) =>
  formBytes([
    { name: 'file', value: noise(4_000), file: 'x.wav' },
    ...Object.entries({ model: 'whisper-1', ...more }).map(([name, value]) => ({ name, value })),
  ])

describe('the simulator, beside the dialects', () => {
  it('makes a valid picture, the same for the same prompt', async () => {
    const asked = { model: 'gpt-image-1', prompt: 'a fox', n: 2 }
    const body = await json('/v1/images/generations', asked)
    expect(await json('/backend-api/codex/images/generations', asked)).toEqual(body)
    const [first, second] = body['data'] as { b64_json: string }[]
    const picture = Buffer.from(first?.b64_json ?? '', 'base64')
    expect([picture.toString('latin1', 1, 4), picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([
      'PNG',
      8,
      8,
    ])
    expect(picture.subarray(-8).readUInt32BE(4)).toBe(0xae_42_60_82)
    expect(second?.b64_json).not.toBe(first?.b64_json)
    expect(rig.rows().at(-1)).toMatchObject({ usage_source: 'reported', output_tokens: 544 })
  })

  it('changes pictures of a form and of JSON, streamed or not', async () => {
    const fields = [
      { name: 'model', value: 'gpt-image-1' },
      { name: 'prompt', value: 'a hat' },
      { name: 'image', value: noise(500), file: 'a.png' },
    ]
    expect(await json('/v1/images/edits', formBytes(fields))).toMatchObject({ usage: { output_tokens: 272 } })
    const asked = { model: 'gpt-image-1', prompt: 'a hat', images: [{ image_url: 'data:,' }], stream: true }
    const events = (await ask('/backend-api/codex/images/edits', asked)).toString()
    expect([...events.matchAll(/^event: (.*)$/gm)].map(([, name]) => name)).toEqual([
      'image_edit.partial_image',
      'image_edit.completed',
    ])
    expect(rig.rows().at(-1)).toMatchObject({ state: 'completed', usage_source: 'reported' })
  })

  it('writes down what was said, as JSON, as text and as a stream', async () => {
    const { text } = await json('/v1/audio/transcriptions', form())
    expect(String(text).split(' ')).toHaveLength(8)
    expect(await json('/backend-api/transcribe', form())).toMatchObject({ text })
    expect((await ask('/v1/audio/transcriptions', form({ response_format: 'text' }))).toString()).toMatch(
      /^\w+( \w+){7}\n$/,
    )
    expect((await ask('/v1/audio/transcriptions', form({ stream: 'true' }))).toString()).toContain(
      'transcript.text.done',
    )
  })

  it('compacts and searches', async () => {
    const asked = { model: 'sim-chat', input: [{ role: 'user', content: 'hello' }] }
    expect(await json('/v1/responses/compact', asked)).toMatchObject({
      object: 'response.compaction',
      output: [{ type: 'compaction' }],
      usage: { input_tokens: expect.any(Number) },
    })
    const search = { model: 'sim-chat', id: 's', commands: { search_query: [{ q: 'weir' }] } }
    expect(await json('/backend-api/codex/alpha/search', search)).toMatchObject({
      output: expect.stringContaining('weir'),
    })
  })

  it('keeps files, as OpenAI and as ChatGPT has them', async () => {
    const made = await json('/v1/files', form({ purpose: 'user_data' }))
    const path = `/v1/files/${String(made['id'])}`
    expect(await json(path, undefined, 'GET')).toEqual(made)
    expect(await json('/v1/files', undefined, 'GET')).toMatchObject({ data: [made] })
    expect((await ask(`${path}/content`, undefined, 'GET')).equals(noise(4_000))).toBe(true)
    expect(await json(path, undefined, 'DELETE')).toMatchObject({ deleted: true })

    const { file_id: id, upload_url: url } = await json('/backend-api/files', { file_name: 'a', file_size: 5 })
    const told = `/backend-api/files/${String(id)}/uploaded`
    expect(await json(told, {})).toEqual({ status: 'retry' })
    const forged = String(url).replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    expect((await fetch(forged, { method: 'PUT', body: 'hello' })).status).toBe(404)
    expect((await fetch(String(url), { method: 'PUT', body: 'hello' })).status).toBe(201)
    expect(await json(told, {})).toMatchObject({ status: 'success', file_size_bytes: 5 })
  })
})
