/** Paths, methods and the guard against web pages: what a stranger gets is a refusal and nothing else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isPlainName } from '../../src/main/gateway/plain-routes.ts'
import { routeTable } from '../../src/main/gateway/routes.ts'
import { defaultSettings } from '../../src/shared/settings.ts'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { errorOf, exchange, openRawClient, requestBytes } from '../support/raw-client.ts'
import { startRawUpstream, type RawUpstream } from '../support/raw-upstream.ts'
import { asCodex, chatJson, goodAnswer, responsesJson } from '../support/upstream-answers.ts'

let rig: GatewayRig
let upstream: RawUpstream
let key: string

beforeAll(async () => {
  rig = await startGateway({ settings: { 'gateway.bodyTimeoutMs': 300 } })
  // The limit for heads is read at the start; bodies may take their time.
  rig.directory.putSettings(defaultSettings)
  upstream = await startRawUpstream(({ socket, path }) => {
    socket.write(goodAnswer(path.endsWith('/responses') ? responsesJson : chatJson))
  })
  const models = new Set(['gpt-known', 'vendor/own-model', 'hidden'])
  const selectedModels = new Set(['gpt-known', 'vendor/own-model'])
  const modelPolicy = { mode: 'selected' as const, models: [...selectedModels] }
  key = rig.pool([upstreamRecord('a', upstream.url, { models })], { modelPolicy, selectedModels, canMakeTokens: true })
})

afterAll(async () => {
  await rig.close()
  await upstream.close()
})

const body = { model: 'gpt-known', messages: [], input: 'x' }
const bodyFor = (path: string) => (path.endsWith('/ephemeral_tokens') ? {} : body)
const routes = routeTable
  .filter(({ method }) => method !== 'WS')
  .map(({ name, method, path }) => ({ name, method, path: path.replace('{id}', 'gpt-known') }))
/** Those that pass as they are have a spec of their own. */
const answering = routes.filter(({ name }) => !isPlainName(name))
const paths = [...Map.groupBy(routes, ({ path }) => path)].map(([path, rows]) => ({
  path,
  methods: rows.map(({ method }) => method),
}))

describe('gateway routes', () => {
  it.each(answering)('answer on $method $path, with a query or a trailing slash', async ({ method, path }) => {
    for (const end of ['', '?client_version=1.2', '/']) {
      const answer = await exchange(rig.port, {
        method,
        path: path + end,
        key,
        ...(method === 'POST' ? { body: bodyFor(path) } : {}),
      })
      expect([path + end, answer.status, answer.end]).toEqual([path + end, 200, 'complete'])
    }
  })

  it('bear with the doubled slash of a base URL joined by hand', async () => {
    expect((await exchange(rig.port, { path: '/v1//chat/completions', key, body })).status).toBe(200)
  })

  it.each(paths)('refuse other methods on $path and name the right ones', async ({ path, methods }) => {
    for (const other of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'POST', 'GET']) {
      if (methods.some((method) => method === other)) continue
      const answer = await exchange(rig.port, { method: other, path, key })
      expect([other, answer.status, answer.headers['allow']]).toEqual([other, 405, methods.join(', ')])
      expect(errorOf(answer).code).toBe('method_not_allowed')
    }
    const codex = await exchange(rig.port, { method: 'PUT', path, key, headers: asCodex })
    expect(codex.status).toBe(400)
  })

  it.each(['/', '/v1', '/v1/messages', '/v2/models', '/../etc/passwd', '/v1/chat/completions/x', '*'])(
    'know nothing of %s',
    async (path) => {
      const answer = await exchange(rig.port, { path, key, body: {} })
      expect([answer.status, errorOf(answer).code, answer.headers['x-should-retry']]).toEqual([
        404,
        'route_not_found',
        'false',
      ])
      expect((await exchange(rig.port, { path, key, body: {}, headers: asCodex })).status).toBe(400)
    },
  )

  it('answer HEAD as GET, without a body', async () => {
    const answer = await exchange(rig.port, { method: 'HEAD', path: '/healthz', headers: [['Connection', 'close']] })
    expect([answer.status, answer.body.length]).toEqual([200, 0])
  })

  it('list what the key may use, for SDKs and for Codex in one body', async () => {
    const { data, models } = JSON.parse(
      (await exchange(rig.port, { method: 'GET', path: '/v1/models', key })).body.toString(),
    )
    expect(data.map((model: { id: string }) => model.id)).toEqual(['gpt-known', 'vendor/own-model'])
    expect(models.map((model: { slug: string }) => model.slug)).toEqual(['vendor/own-model'])
    const one = await exchange(rig.port, { method: 'GET', path: '/v1/models/vendor%2Fown-model', key })
    expect(JSON.parse(one.body.toString())).toMatchObject({ id: 'vendor/own-model', object: 'model' })
    const hidden = await exchange(rig.port, { method: 'GET', path: '/v1/models/hidden', key })
    expect([hidden.status, errorOf(hidden).code]).toEqual([404, 'model_not_found'])
  })

  it.each(['/v1/models', '/v1/models/gpt-known', '/v1/usage', '/backend-api/codex/models'])(
    'need a key on %s',
    async (path) => {
      const answer = await exchange(rig.port, { method: 'GET', path })
      expect([answer.status, errorOf(answer).code]).toEqual([401, 'api_key_missing'])
    },
  )
})

const strangers = [
  ['an Origin', [['Origin', 'https://evil.example']], 'origin_not_allowed'],
  ['an Origin of its own address', [['Origin', 'http://127.0.0.1:4142']], 'origin_not_allowed'],
  ['an opaque Origin', [['Origin', 'null']], 'origin_not_allowed'],
  ['Sec-Fetch-Site: cross-site', [['Sec-Fetch-Site', 'cross-site']], 'origin_not_allowed'],
  ['Sec-Fetch-Site: same-site', [['Sec-Fetch-Site', 'same-site']], 'origin_not_allowed'],
  ['a rebound Host', [['Host', 'evil.example']], 'host_not_allowed'],
  ['a rebound Host that looks local', [['Host', '127.0.0.1.evil.example:4141']], 'host_not_allowed'],
  ['a rebound Host with a dot', [['Host', 'localhost.evil.example.']], 'host_not_allowed'],
] as const

describe.each(strangers)('gateway asked with %s', (_name, headers, code) => {
  it.each([...routes, { method: 'GET', path: '/nowhere' }, { method: 'OPTIONS', path: '/v1/responses' }])(
    'gives nothing on $method $path',
    async ({ method, path }) => {
      const calls = upstream.calls.length
      const answer = await exchange(rig.port, { method, path, key, headers, ...(method === 'POST' ? { body } : {}) })
      expect([answer.status, errorOf(answer).code]).toEqual([403, code])
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
      expect(upstream.calls.length).toBe(calls)
    },
  )

  it('gives nothing on an upgrade', async () => {
    const upgrade = [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
    ] as const
    const answer = await exchange(rig.port, {
      method: 'GET',
      path: '/v1/responses',
      key,
      headers: [...headers, ...upgrade],
    })
    expect([answer.status, errorOf(answer).code]).toEqual([403, code])
  })
})

describe('gateway guard', () => {
  it.each(['localhost', 'localhost:4141', '127.0.0.1:1', '[::1]:4141', 'LOCALHOST.'])(
    'serves the Host %s',
    async (host) => {
      const answer = await exchange(rig.port, { method: 'GET', path: '/v1/models', key, headers: [['Host', host]] })
      expect(answer.status).toBe(200)
    },
  )

  it('does not take fetch in a program for a web page', async () => {
    const headers = [
      ['Sec-Fetch-Mode', 'cors'],
      ['Accept-Language', '*'],
    ] as const
    expect((await exchange(rig.port, { key, body, headers })).status).toBe(200)
  })

  it('serves hosts and origins that the operator allows, from the next request on', async () => {
    const headers = [
      ['Host', 'weir.lan'],
      ['Origin', 'http://page.lan'],
    ] as const
    const ask = () => exchange(rig.port, { method: 'GET', path: '/healthz', headers })
    expect((await ask()).status).toBe(403)
    const lists = { 'gateway.allowedHosts': ['weir.lan'], 'gateway.allowedOrigins': ['http://page.lan'] }
    rig.directory.putSettings({ ...defaultSettings, ...lists })
    expect((await ask()).status).toBe(200)
    rig.directory.putSettings(defaultSettings)
    expect((await ask()).status).toBe(403)
  })
})

describe('gateway connections', () => {
  it.each(['/v1/responses', '/backend-api/codex/responses', '/v1/chat/completions'])(
    'answer a WebSocket on %s with 426 and end, whether the client closes or not',
    async (path) => {
      const headers = [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'websocket'],
        ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
        ['Sec-WebSocket-Version', '13'],
        ...asCodex,
      ] as const
      const client = await openRawClient(rig.port)
      client.socket.allowHalfOpen = true
      client.send(requestBytes({ method: 'GET', path, key, headers }))
      const answer = await client.answer()
      expect([answer.status, errorOf(answer).code, answer.headers['connection']]).toEqual([
        426,
        'websocket_unsupported',
        'close',
      ])
      // The client does not close its side; writing into a connection that is gone brings a reset.
      const gone = new Promise<void>((resolve) => client.socket.once('close', () => resolve()))
      const poke = setInterval(() => client.send('x'), 50)
      await gone
      clearInterval(poke)
    },
  )

  it('go on after an error that left nothing unread', async () => {
    const client = await openRawClient(rig.port)
    const asked = [
      { key, body: '[]' },
      { key, body: { model: 'hidden' } },

      { key, body },
    ]
    const statuses: number[] = []
    for (const request of asked) {
      client.send(requestBytes(request))
      statuses.push((await client.answer()).status)
    }
    expect(statuses).toEqual([400, 403, 200])
    client.socket.destroy()
  })

  it('end after an error that came before the body was read', async () => {
    const client = await openRawClient(rig.port)
    client.send(requestBytes({ key: 'wrong', body }))
    const answer = await client.answer()
    expect([answer.status, answer.headers['connection']]).toEqual([401, 'close'])
    expect(await client.closed).toBe('closed')
  })

  it('serve requests that come before their answers are read', async () => {
    const client = await openRawClient(rig.port)
    client.send(Buffer.concat([1, 2, 3].map(() => requestBytes({ key, body }))))
    expect(
      [await client.answer(), await client.answer(), await client.answer()].map((answer) => answer.status),
    ).toEqual([200, 200, 200])
    client.socket.destroy()
  })

  it('do not wait for ever for a head', async () => {
    const client = await openRawClient(rig.port)
    client.send('POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n')
    expect((await client.answer()).status).toBe(408)
    await client.closed
  })
})
