/** Aliases and allowed models of a Pool, on the wire: what is asked, what is sent, what is refused, what is listed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeyRecord, PoolModels } from '../../src/main/gateway/ports.ts'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { startHttpPeer, type Peer } from '../support/http-peer.ts'

let rig: GatewayRig
let peer: Peer
const sent: { model: string; text: string }[] = []

beforeAll(async () => {
  rig = await startGateway()
  peer = await startHttpPeer((req, res) => {
    const parts: Buffer[] = []
    req.on('data', (part: Buffer) => parts.push(part))
    req.on('end', () => {
      const text = Buffer.concat(parts).toString()
      const { model } = JSON.parse(text) as { model: string }
      sent.push({ model, text })
      const limits = { 'x-ratelimit-limit-requests': '10', 'x-ratelimit-remaining-requests': String(10 - sent.length) }
      res
        .writeHead(200, { 'content-type': 'application/json', 'openai-model': model, ...limits })
        .end(JSON.stringify({ object: 'chat.completion', model, choices: [{}], usage: { prompt_tokens: 1 } }))
    })
  })
})
afterAll(async () => {
  await rig.close()
  await peer.close()
})

function use(models: PoolModels | null, key: Partial<KeyRecord> = {}): string {
  const record = upstreamRecord('ups', `${peer.url}/v1`, { models: new Set(['big', 'small']) })
  return rig.pool([record], key, { models })
}

async function ask(key: string, model: string) {
  const body = `{"model":${JSON.stringify(model)},"messages":[{"role":"user","content":"x"}],"odd":1.50}`
  const answer = await fetch(`${rig.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body,
  })
  const json = (await answer.json()) as { error?: { code: string; message: string } }
  return { status: answer.status, error: json.error, headers: answer.headers, body }
}

async function listed(key: string): Promise<string[]> {
  const answer = await fetch(`${rig.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })
  return ((await answer.json()) as { data: { id: string }[] }).data.map((row) => row.id)
}

const aliases = new Map([['fast', 'small']])

describe('models of a Pool', () => {
  it('sends what the alias leads to, changes nothing else, and logs both names', async () => {
    const key = use({ aliases, allowed: null })
    const { status, headers, body } = await ask(key, 'fast')
    expect(status).toBe(200)
    expect(sent.at(-1)?.text).toBe(body.replace('"fast"', '"small"'))
    // Codex takes a differing name of the model for a sign of trouble.
    expect(headers.get('openai-model')).toBeNull()
    expect(rig.rows().at(-1)).toMatchObject({ model: 'fast', sent_model: 'small', state: 'completed' })
    expect(await listed(key)).toEqual(['big', 'fast', 'small'])
  })

  it('passes a body without an alias as it came', async () => {
    const { body, headers } = await ask(use({ aliases, allowed: null }), 'big')
    expect(sent.at(-1)?.text).toBe(body)
    expect(headers.get('openai-model')).toBe('big')
    expect(rig.rows().at(-1)).toMatchObject({ model: 'big', sent_model: null })
  })

  it('refuses what the Pool does not offer, says which rule it was, and sends nothing', async () => {
    const key = use({ aliases, allowed: new Set(['fast']) })
    const before = sent.length
    const { status, error } = await ask(key, 'big')
    expect([status, error?.code]).toEqual([403, 'model_not_allowed'])
    expect(error?.message).toMatch(/The Pool "Test" .*does not offer the model "big"/)
    expect((await ask(key, 'small')).status).toBe(403)
    expect(sent.length).toBe(before)
    expect((await ask(key, 'fast')).status).toBe(200)
    expect(await listed(key)).toEqual(['fast'])
    expect(rig.rows().at(-2)).toMatchObject({ state: 'refused', error_code: 'model_not_allowed' })
  })

  it('resolves the enforced model of a key', async () => {
    const key = use({ aliases, allowed: null }, { enforced: { model: 'fast', effort: null, serviceTier: null } })
    expect((await ask(key, 'anything')).status).toBe(200)
    expect(sent.at(-1)?.model).toBe('small')
    expect(rig.rows().at(-1)).toMatchObject({ model: 'anything', sent_model: 'small' })
    expect(await listed(key)).toEqual(['fast'])
  })

  it('lets a key that names an id use its aliases, but not the other way round', async () => {
    const naming = (model: string): Partial<KeyRecord> => ({
      modelPolicy: { mode: 'selected', models: [model] },
      selectedModels: new Set([model]),
    })
    expect((await ask(use({ aliases, allowed: null }, naming('small')), 'fast')).status).toBe(200)
    const key = use({ aliases, allowed: null }, naming('fast'))
    expect([(await ask(key, 'fast')).status, (await ask(key, 'small')).status]).toEqual([200, 403])
  })

  it('reads the account’s limits in passing', async () => {
    await ask(use(null), 'big')
    expect(rig.core.quota.windows('ups')).toMatchObject([{ name: 'requests', limit: 10, remaining: 10 - sent.length }])
  })
})
