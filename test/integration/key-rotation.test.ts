/** A rotated key in its grace: both secrets at the gateway's real socket, to the millisecond, over restarts and crashes. */
import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { admittedLine, openJournalFile } from '../../src/main/db/journal-file.ts'
import { createPoolKey } from '../../src/main/gateway/pool-key.ts'
import type { AdmittedRow, KeyRecord } from '../../src/main/gateway/ports.ts'
import { startApp, type AppRig } from '../support/app-rig.ts'
import { findCanaries, findCanariesIn } from '../support/canaries.ts'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import {
  errorOf,
  exchange,
  openRawClient,
  requestBytes,
  type RawAnswer,
  type RawRequest,
} from '../support/raw-client.ts'
import { answerBytes, startRawUpstream, type RawUpstream } from '../support/raw-upstream.ts'
import { jsonBodies } from '../support/upstream-answers.ts'

const HOUR_MS = 3_600_000
const ROTATED = 'x-weir-key-rotated'

const admitted: AdmittedRow = {
  id: 0,
  at: 0,
  keyId: '',
  poolId: '',
  route: '/v1/chat/completions',
  model: 'sim-chat',
  sentModel: null,
  effort: null,
  serviceTier: null,
  stream: false,
  reservedInput: 0,
  reservedOutput: 0,
  reservedCostNanos: null,
  limitRule: null,
  client: 'other',
  clientIp: '127.0.0.1',
  exclusions: [],
}

const hashOf = (secret: string) => createHash('sha256').update(secret).digest()

describe('a secret in its grace, at the gateway', () => {
  const START = Date.UTC(2026, 0, 1)
  const UNTIL = START + HOUR_MS
  const clock = { now: START }
  let rig: GatewayRig
  let upstream: RawUpstream
  let secret: string
  let old: string

  beforeAll(async () => {
    rig = await startGateway({ clock: () => clock.now })
    upstream = await startRawUpstream(({ socket }) => {
      // An upstream may be a Weir as well: what it says of the account is nothing to the client.
      socket.write(answerBytes(200, jsonBodies.chat, { 'content-type': 'application/json', [ROTATED]: 'until 2027' }))
    })
  })
  beforeEach(() => {
    clock.now = START
    secret = rig.pool([upstreamRecord('a', upstream.url)])
    old = createPoolKey(secret.slice(8, 18)).secret
    change({ previousHash: hashOf(old), previousUntil: UNTIL })
  })
  afterAll(async () => {
    await rig.close()
    await upstream.close()
  })

  function change(fields: Partial<KeyRecord>): void {
    const record = rig.directory.keyByPublicId(secret.slice(8, 18))
    if (record === undefined) throw new Error('no such key')
    rig.directory.putKey({ ...record, ...fields })
  }

  const body = '{"model":"m","messages":[]}'
  const asked = (key: string, more: RawRequest = {}) => exchange(rig.port, { key, body, ...more })
  const read = (key: string, path: string) => exchange(rig.port, { key, path, method: 'GET' })
  const told = ({ status, headers }: RawAnswer) => [status, headers[ROTATED] ?? null]
  const said = 'until 2026-01-01T01:00:00.000Z'

  it('opens beside the new one until its moment, and at it no more', async () => {
    for (const [now, status] of [
      [START, 200],
      [UNTIL - 1, 200],
      [UNTIL, 401],
      [UNTIL + 1, 401],
    ] as const) {
      clock.now = now
      expect(told(await asked(old))).toEqual([status, status === 200 ? said : null])
      expect(told(await asked(secret))).toEqual([200, null])
    }
    expect(errorOf(await asked(old)).code).toBe('api_key_unknown')
    // Codex repeats a 401 six times.
    expect((await asked(old, { headers: [['originator', 'codex_cli_rs']] })).status).toBe(400)
  })

  it('is not outlived by what a connection has proved', async () => {
    const client = await openRawClient(rig.port)
    const next = async (key: string) => {
      client.send(requestBytes({ key, body }))
      return told(await client.answer())
    }
    const seen = [await next(old), await next(old)]
    clock.now = UNTIL - 1
    seen.push(await next(old), await next(secret), await next(old))
    clock.now = UNTIL
    seen.push(await next(old))
    expect(seen).toEqual([
      [200, said],
      [200, said],
      [200, said],
      [200, null],
      [200, said],
      [401, null],
    ])
    client.socket.destroy()
  })

  it('is refused from the next request on once the grace is ended, on the same connection too', async () => {
    const client = await openRawClient(rig.port)
    const next = async () => {
      client.send(requestBytes({ key: old, body }))
      return (await client.answer()).status
    }
    const seen = [await next()]
    change({ previousHash: null, previousUntil: null })
    expect([...seen, await next()]).toEqual([200, 401])
    client.socket.destroy()
  })

  it('serves a request to its end whose body comes after the moment', async () => {
    const client = await openRawClient(rig.port)
    const bytes = requestBytes({ key: old, body })
    const at = bytes.length - body.length
    client.send(bytes.subarray(0, at))
    // The head is judged as it arrives; the connection's own turn has passed when another request has been answered.
    expect((await asked(secret)).status).toBe(200)
    clock.now = UNTIL
    client.send(bytes.subarray(at))
    expect(told(await client.answer())).toEqual([200, said])
    client.socket.destroy()
  })

  it('tells of the rotation in every answer, also where it refuses, and never of an account’s own', async () => {
    for (const path of ['/v1/models', '/v1/usage']) {
      expect(told(await read(old, path))).toEqual([200, said])
      expect(told(await read(secret, path))).toEqual([200, null])
    }
    expect(told(await asked(old, { body: '{"model":' }))).toEqual([400, said])
    expect(told(await read(old, '/v1/models/none'))).toEqual([404, said])
    change({ status: 'paused' })
    expect(told(await asked(old))).toEqual([403, said])
    expect((await asked(old)).rawHeaders.filter(([name]) => name.toLowerCase() === ROTATED).length).toBe(1)
  })

  it('does not open for a secret that is neither, nor for the right one of another key', async () => {
    const third = createPoolKey(secret.slice(8, 18)).secret
    const other = rig.key({ previousHash: hashOf(old), previousUntil: UNTIL })
    const foreign = `${other.slice(0, 18)}${old.slice(18)}`
    for (const wrong of [third, foreign]) expect((await asked(wrong)).status).toBe(401)
  })
})

describe('rotation', () => {
  let rig: AppRig
  let poolId: string

  beforeEach(async () => {
    rig = await startApp()
    const { upstream } = await rig.call('setup.simulator', {})
    poolId = (await rig.call('pool.create', { name: 'Team', assignments: [{ upstreamId: upstream.id }] })).id
  })
  afterEach(() => rig.close())

  async function ask(secret: string): Promise<number> {
    const answer = await fetch(`${rig.app.gatewayUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'sim-chat', messages: [{ role: 'user', content: 'hello' }] }),
    })
    await answer.text()
    return answer.status
  }
  const statuses = async (...secrets: readonly string[]) => {
    const seen: number[] = []
    for (const secret of secrets) seen.push(await ask(secret))
    return seen
  }
  const previousOf = async (id: string) => (await rig.call('key.get', { id })).previous

  it('without a grace refuses the old secret at once', async () => {
    const first = await rig.call('key.create', { poolId, name: 'laptop' })
    const second = await rig.call('key.rotate', { id: first.key.id })
    expect([first.key.previous, second.key.previous]).toEqual([null, null])
    expect(await statuses(first.secret, second.secret)).toEqual([401, 200])
  })

  it('ends by itself when its time is over', async () => {
    const { key, secret: old } = await rig.call('key.create', { poolId, name: 'laptop' })
    const { secret } = await rig.call('key.rotate', { id: key.id, graceMs: 1_500 })
    const until = (await previousOf(key.id))?.until ?? 0
    let served = 0
    while ((await ask(old)) === 200) served += 1
    expect(Date.now()).toBeGreaterThanOrEqual(until)
    expect(served).toBeGreaterThan(0)
    expect(await statuses(old, secret)).toEqual([401, 200])
    expect(await previousOf(key.id)).toBeNull()
  })

  it('opens both secrets over a restart, and says when the old one was last used', async () => {
    const { key, secret: old } = await rig.call('key.create', { poolId, name: 'laptop' })
    expect(await statuses(old)).toEqual([200])
    const rotated = await rig.call('key.rotate', { id: key.id, graceMs: HOUR_MS })
    expect(rotated.key.previous).toEqual({ until: (rotated.key.rotatedAt ?? 0) + HOUR_MS, usedAt: null })
    expect(await statuses(rotated.secret)).toEqual([200])
    await expect.poll(async () => (await rig.call('request.list', {})).rows.length).toBe(2)
    // What the new secret did, and the old one before the rotation, is no use of an old secret.
    expect((await previousOf(key.id))?.usedAt).toBeNull()

    const { dataDir } = rig
    await rig.close()
    rig = await startApp({ dataDir })
    const before = Date.now()
    expect(await statuses(old, rotated.secret)).toEqual([200, 200])
    await expect.poll(async () => (await previousOf(key.id))?.usedAt ?? 0).toBeGreaterThanOrEqual(before)
    const { usedAt } = (await previousOf(key.id)) ?? {}
    await rig.close()
    rig = await startApp({ dataDir })
    expect((await previousOf(key.id))?.usedAt).toBe(usedAt)
    // An edit of the key leaves its grace as it is.
    await rig.call('key.update', { id: key.id, patch: { name: 'renamed' } })
    await rig.call('key.pause', { id: key.id })
    await rig.call('key.resume', { id: key.id })
    expect(await previousOf(key.id)).toEqual({ until: rotated.key.previous?.until, usedAt })
    expect(await statuses(old, rotated.secret)).toEqual([200, 200])
  })

  it('knows after a crash what the old secret did, and what another one did before it', async () => {
    const { key } = await rig.call('key.create', { poolId, name: 'laptop' })
    const { previous } = (await rig.call('key.rotate', { id: key.id, graceMs: HOUR_MS })).key
    const until = previous?.until ?? 0
    const { dataDir } = rig
    await rig.close()
    const at = Date.now()
    const row = (id: number, change: Partial<AdmittedRow>): AdmittedRow => ({
      ...admitted,
      id,
      keyId: key.id,
      poolId,
      ...change,
    })
    // As a killed process leaves them: in the journal's file, and not in the database.
    const file = openJournalFile(dataDir)
    const ofAnother = row(2, { at: at + 5, graceUntil: until - 1 })
    file.append([row(1, { at, graceUntil: until }), ofAnother, row(3, { at: at + 9 })].map(admittedLine).join(''))
    file.close()
    rig = await startApp({ dataDir })
    expect(await rig.call('key.get', { id: key.id })).toMatchObject({
      previous: { until, usedAt: at },
      lastUsedAt: at + 9,
    })
  })

  it('a second time makes the secret before it the old one, and forgets the one before that', async () => {
    const first = await rig.call('key.create', { poolId, name: 'laptop' })
    const { id } = first.key
    const second = await rig.call('key.rotate', { id, graceMs: HOUR_MS })
    expect(await statuses(first.secret)).toEqual([200])
    await expect.poll(async () => (await previousOf(id))?.usedAt).toEqual(expect.any(Number))
    const third = await rig.call('key.rotate', { id, graceMs: 2 * HOUR_MS })
    expect(third.key.previous?.usedAt).toBeNull()
    expect(await statuses(first.secret, second.secret, third.secret)).toEqual([401, 200, 200])
    const fourth = await rig.call('key.rotate', { id })
    expect(await statuses(first.secret, second.secret, third.secret, fourth.secret)).toEqual([401, 401, 401, 200])
    expect(fourth.key.previous).toBeNull()
  })

  it('has a grace that the operator ends, once', async () => {
    const { key, secret: old } = await rig.call('key.create', { poolId, name: 'laptop' })
    const { secret } = await rig.call('key.rotate', { id: key.id, graceMs: HOUR_MS })
    expect((await rig.call('key.endGrace', { id: key.id })).previous).toBeNull()
    expect(await statuses(old, secret)).toEqual([401, 200])
    await rig.call('key.endGrace', { id: key.id })
    const { rows } = await rig.call('audit.list', {})
    const acts = rows.filter(({ action }) => /rotate|endGrace/.test(action))
    expect(acts.map(({ action, outcome }) => [action, outcome])).toEqual([
      ['key.endGrace', 'success'],
      ['key.rotate', 'success'],
    ])
    expect(acts[1]?.after?.['previousUntil']).toBe(acts[0]?.before?.['previousUntil'])
    await expect(rig.call('key.endGrace', { id: 'key_0000000000000000' })).rejects.toMatchObject({ code: 'not_found' })
  })

  it.each([-1, 7 * 24 * HOUR_MS + 1, 0.5])('refuses a grace of %s ms', async (graceMs) => {
    const { key, secret } = await rig.call('key.create', { poolId, name: 'laptop' })
    await expect(rig.call('key.rotate', { id: key.id, graceMs })).rejects.toMatchObject({ code: 'invalid_input' })
    expect(await statuses(secret)).toEqual([200])
  })

  it('of a revoked key opens nothing, and shows none', async () => {
    const { key, secret: old } = await rig.call('key.create', { poolId, name: 'laptop' })
    await rig.call('key.rotate', { id: key.id, graceMs: HOUR_MS })
    expect((await rig.call('key.revoke', { id: key.id })).previous).toBeNull()
    expect(await statuses(old)).toEqual([401])
    await expect(rig.call('key.rotate', { id: key.id, graceMs: 1 })).rejects.toMatchObject({ code: 'state_conflict' })
  })

  it('leaves no secret and no hash of one in a file, an answer or an event', async () => {
    const { key, secret: old } = await rig.call('key.create', { poolId, name: 'laptop' })
    const { secret } = await rig.call('key.rotate', { id: key.id, graceMs: HOUR_MS })
    expect(await statuses(old, secret)).toEqual([200, 200])
    const answers = [await rig.call('key.list', {}), await rig.call('key.get', { id: key.id })]
    await rig.call('key.endGrace', { id: key.id })
    const audit = await rig.call('audit.list', {})
    const canaries = { old: old.slice(-38), secret: secret.slice(-38) }
    const hashes = { oldHash: hashOf(old).toString('hex'), hash: hashOf(secret).toString('hex') }
    const texts = JSON.stringify([answers, audit, rig.events, rig.log])
    expect(texts).toContain('previousUntil')
    expect(findCanariesIn(texts, { ...canaries, ...hashes })).toEqual([])
    expect(texts).not.toMatch(/Hash|"type":"Buffer"/)
    expect(findCanaries([rig.dataDir], canaries)).toEqual([])
  })
})
