/** Files: a key gets at those that it uploaded, where they are, and at no others. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { FORM_TYPE, formBytes, noise, startPlainPeer, type PlainCall, type PlainPeer } from '../support/plain-peer.ts'
import { errorOf, exchange } from '../support/raw-client.ts'

let rig: GatewayRig
let peers: readonly PlainPeer[]
let key: string
let other: string

const CONTENT = noise(20_000)
const upload = formBytes([
  { name: 'purpose', value: 'user_data' },
  { name: 'file', value: CONTENT, file: 'private name.pdf' },
])

/** As an account answers that has a file of its own, and the uploaded ones. */
function answerAs(name: string) {
  let made = 0
  const ids = [`file-of-the-account-${name}`]
  const shown = (id: string) => ({ id, object: 'file', filename: 'private name.pdf' })
  return ({ method, url }: PlainCall) => {
    const path = new URL(url, 'http://x.invalid').pathname
    const [, id = '', rest = ''] = /^\/v1\/files\/([^/]+)(\/content)?$/.exec(path) ?? []
    if (path === '/v1/files' && method === 'POST') {
      ids.push(`file-${name}${++made}`)
      return { body: shown(ids.at(-1) ?? '') }
    }
    if (path === '/v1/files')
      return { body: { object: 'list', data: ids.map(shown), has_more: false, first_id: ids[0], last_id: ids.at(-1) } }
    if (!ids.includes(id)) return { status: 404, body: { error: { message: 'No such File object' } } }
    if (rest === '/content') return { body: CONTENT, type: 'application/json' }
    return { body: method === 'DELETE' ? { id, object: 'file', deleted: true } : shown(id) }
  }
}

beforeAll(async () => {
  rig = await startGateway()
  peers = [await startPlainPeer(), await startPlainPeer()]
})
beforeEach(() => {
  for (const [index, peer] of peers.entries()) {
    peer.calls.length = 0
    peer.answer = answerAs(index === 0 ? 'a' : 'b')
  }
  const records = peers.map(({ url }, index) => upstreamRecord(index === 0 ? 'a' : 'b', url))
  const assignments = records.map(({ id }) => ({ upstreamId: id, priority: 1, weight: 1, enabled: true }))
  key = rig.pool(records, {}, { strategy: 'round_robin', assignments })
  other = rig.key()
})
afterAll(async () => {
  await rig.close()
  for (const peer of peers) await peer.close()
})

const call = (method: string, path: string, by = key) => exchange(rig.port, { method, path, key: by })
const json = (answer: { body: Buffer }) => JSON.parse(answer.body.toString()) as Record<string, unknown>

async function uploaded(by = key): Promise<string> {
  const headers = [['content-type', FORM_TYPE]] as const
  const answer = await exchange(rig.port, { path: '/v1/files', key: by, body: upload, headers })
  expect(answer.status).toBe(200)
  return String(json(answer)['id'])
}

describe('files', () => {
  it('are uploaded as they are, and asked for where they went', async () => {
    const ids = [await uploaded(), await uploaded(), await uploaded()]
    expect(peers.map(({ calls }) => calls.length).toSorted()).toEqual([1, 2])
    expect(peers.every(({ calls }) => calls.every(({ bytes }) => bytes.equals(upload)))).toBe(true)
    for (const id of ids) {
      expect((await call('GET', `/v1/files/${id}`)).status).toBe(200)
      const content = await call('GET', `/v1/files/${id}/content`)
      expect([content.body.equals(CONTENT), content.headers['content-type']]).toEqual([true, 'application/json'])
      expect(json(await call('DELETE', `/v1/files/${id}`))).toMatchObject({ id, deleted: true })
    }
    for (const row of rig.rows()) expect(JSON.stringify(row)).not.toContain('private name')
    expect(
      rig
        .rows()
        .slice(-3)
        .map((row) => row.state),
    ).toEqual(['completed', 'completed', 'completed'])
  })

  it('of another key are none, whatever the account has', async () => {
    const id = await uploaded()
    const asked = peers.flatMap(({ calls }) => calls).length
    for (const path of [
      `/v1/files/${id}`,
      `/v1/files/${id}/content`,
      '/v1/files/file-of-the-account-a',
      '/v1/files/..%2Fmodels',
    ]) {
      const answer = await call('GET', path, other)
      expect([path, answer.status, errorOf(answer).code]).toEqual([path, 404, 'file_not_found'])
    }
    expect((await call('DELETE', `/v1/files/${id}`, other)).status).toBe(404)
    expect(peers.flatMap(({ calls }) => calls)).toHaveLength(asked)
    expect(rig.rows().at(-1)).toMatchObject({ state: 'refused', error_code: 'file_not_found' })
  })

  it('are listed as far as they are the own ones, with the query', async () => {
    rig.pool([upstreamRecord('a', peers[0]?.url ?? '')])
    const mine = await uploaded()
    await uploaded(other)
    const list = json(await call('GET', '/v1/files?purpose=user_data&limit=5'))
    expect(list).toEqual({
      object: 'list',
      data: [expect.objectContaining({ id: mine })],
      has_more: false,
      first_id: mine,
      last_id: mine,
    })
    expect(peers[0]?.calls.at(-1)?.url).toBe('/v1/files?purpose=user_data&limit=5')
    expect(json(await call('GET', '/v1/files', rig.key()))).toMatchObject({ data: [], first_id: null })
  })

  it('take a turn that names them to where they are', async () => {
    const ids = [await uploaded(), await uploaded(), await uploaded(), await uploaded()]
    for (const peer of peers)
      peer.answer = { body: { id: 'r', object: 'response', output: [], usage: { input_tokens: 1, output_tokens: 1 } } }
    for (const id of ids) {
      const home = peers[id.startsWith('file-a') ? 0 : 1]
      const before = home?.calls.length ?? 0
      const body = { model: 'm', input: [{ role: 'user', content: [{ type: 'input_file', file_id: id }] }] }
      expect((await exchange(rig.port, { path: '/v1/responses', key, body })).status).toBe(200)
      expect(home?.calls.length).toBe(before + 1)
    }
  })

  it('go nowhere else while their account is out of service', async () => {
    const id = await uploaded()
    const home = id.startsWith('file-a') ? 'a' : 'b'
    const record = rig.directory.upstream(home)
    if (record === undefined) throw new Error('no record')
    rig.directory.putUpstream({ ...record, status: 'paused' })
    const answer = await call('GET', `/v1/files/${id}`)
    expect([answer.status, errorOf(answer).code]).toEqual([409, 'file_owner_gone'])
  })
})
