/** The operator surface over real sockets, before a core that only records its calls. */
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type AdminServer, openAdminServer } from '../../src/main/host/headless/admin-server.ts'
import { codeOf, openAdmin, recordingCore, rpc, send, signIn } from '../support/admin-rig.ts'

const opened: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close()
})

async function setUp(over?: Parameters<typeof openAdmin>[0]) {
  const admin = await openAdmin(over)
  opened.push(admin.server)
  return admin
}

describe('sign-in', () => {
  it('turns a link into a session, once', async () => {
    const { server } = await setUp()
    const link = server.mintLink()
    const first = await send(link)
    expect(first.status).toBe(303)
    expect(first.headers.location).toBe('/')
    expect(first.headers['set-cookie']).toEqual([
      expect.stringMatching(/^weir_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=60$/),
    ])
    const second = await send(link)
    expect(second.status).toBe(401)
    expect(second.headers['set-cookie']).toBeUndefined()
  })

  it('is not used up by a browser that only prepares the page', async () => {
    const { server } = await setUp()
    const link = server.mintLink()
    expect((await send(link, { headers: { 'sec-purpose': 'prefetch;prerender' } })).status).toBe(403)
    expect((await send(link)).status).toBe(303)
  })

  it('refuses everybody for a while after ten failures, without using a link up', async () => {
    const clock = { now: 1_000_000 }
    const { server } = await setUp({ now: () => clock.now })
    const link = server.mintLink()
    for (let tries = 0; tries < 10; tries += 1) {
      expect((await send(`${server.url}/sign-in?token=guess${tries}`)).status).toBe(401)
    }
    const refused = await send(link)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers['retry-after'])).toBe(60)
    clock.now += 60_000
    expect((await send(link)).status).toBe(303)
  })

  it('ends with the session time that the setting names', async () => {
    const clock = { now: 1_000_000 }
    const { server } = await setUp({ now: () => clock.now, sessionMs: 5_000 })
    const cookie = await signIn(server)
    expect((await rpc(server, { cookie })).status).toBe(200)
    clock.now += 5_000
    expect(codeOf(await rpc(server, { cookie }))).toBe('unauthorized')
  })

  it('ends on sign-out, which clears the cookie', async () => {
    const { server } = await setUp()
    const cookie = await signIn(server)
    const form = { cookie, origin: 'null', 'sec-fetch-site': 'same-origin', accept: 'text/html' }
    const reply = await send(`${server.url}/sign-out`, { method: 'POST', headers: form })
    expect([reply.status, reply.headers.location]).toEqual([303, '/'])
    expect(reply.headers['set-cookie']?.[0]).toMatch(/^weir_session=;.*Max-Age=0$/)
    expect((await rpc(server, { cookie })).status).toBe(401)
  })
})

describe('calls', () => {
  it('reach the core as the operator and are answered with 200', async () => {
    const { server, calls } = await setUp()
    const cookie = await signIn(server)
    const own = { cookie, origin: server.url, 'sec-fetch-site': 'same-origin' }
    const reply = await rpc(server, own, '{"route":"pool.get","input":{"id":"x"}}')
    expect(reply.status).toBe(200)
    expect(JSON.parse(reply.text)).toEqual({ ok: true, value: { route: 'pool.get' } })
    expect(calls).toEqual([{ route: 'pool.get', input: { id: 'x' }, actor: 'operator' }])
  })

  it.each([
    ['no cookie', {}],
    ['a forged cookie', { cookie: `weir_session=${'A'.repeat(43)}` }],
    ['an empty cookie', { cookie: 'weir_session=' }],
    ['a Pool key', { authorization: 'Bearer sk-weir-0123456789-abcdefghijklmnopqrstuvwxyz012345abcdef' }],
  ])('are refused with %s', async (_, headers) => {
    const { server, calls } = await setUp()
    const reply = await rpc(server, headers as Record<string, string>)
    expect(reply.status).toBe(401)
    expect(codeOf(reply)).toBe('unauthorized')
    expect(calls).toEqual([])
  })

  it.each([
    ['text/plain', '{"route":"pool.list"}', 403, 'sender_not_allowed'],
    ['application/x-www-form-urlencoded', '{"route":"pool.list"}', 403, 'sender_not_allowed'],
    ['application/jsonp', '{"route":"pool.list"}', 403, 'sender_not_allowed'],
    ['application/json; charset=utf-8', 'not json', 400, 'invalid_json'],
    ['application/json', '[]', 400, 'invalid_json'],
    ['application/json', '{"route":7}', 400, 'invalid_json'],
    ['application/json', `{"route":"${'x'.repeat(1_048_576)}"}`, 413, 'body_too_large'],
  ])('of type %s and body %.30s are refused', async (type, body, status, code) => {
    const { server, calls } = await setUp()
    const reply = await rpc(server, { cookie: await signIn(server), 'content-type': type }, body)
    expect([reply.status, codeOf(reply)]).toEqual([status, code])
    expect(calls).toEqual([])
  })

  it('cut a body that never ends', async () => {
    const { server, calls } = await setUp()
    const cookie = await signIn(server)
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.on('error', () => {})
    socket.write(
      `POST /rpc HTTP/1.1\r\nhost: ${new URL(server.url).host}\r\ncookie: ${cookie}\r\n` +
        'content-type: application/json\r\ncontent-length: 999999999\r\n\r\n',
    )
    const chunk = Buffer.alloc(65_536, 'x')
    const pump = () => {
      while (!socket.destroyed && socket.write(chunk));
    }
    socket.on('drain', pump)
    pump()
    socket.resume()
    await closed
    expect(calls).toEqual([])
  })
})

describe('senders', () => {
  it.each([
    ['a rebound name', { host: 'evil.example:PORT' }],
    ['another port', { host: '127.0.0.1:1' }],
    ['no port', { host: '127.0.0.1' }],
    ['a name that begins like ours', { host: '127.0.0.1:PORT.evil.example' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['our origin with https', { origin: 'https://127.0.0.1:PORT' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:3000' }],
    ['an opaque origin', { origin: 'null' }],
    ['an opaque origin of another site', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another port, as browsers call it', { 'sec-fetch-site': 'same-site' }],
  ] as [string, Record<string, string>][])('with %s get nothing on any path', async (_, headers) => {
    const { server, calls } = await setUp()
    const { port } = new URL(server.url)
    const cookie = await signIn(server)
    const link = server.mintLink()
    const bad = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', port)]))
    const replies = [
      await rpc(server, { cookie, ...bad }),
      await send(`${server.url}/`, { headers: { cookie, ...bad } }),
      await send(`${server.url}/events`, { headers: { cookie, ...bad } }),
      await send(link, { headers: bad }),
      await send(`${server.url}/sign-out`, { method: 'POST', headers: { cookie, ...bad } }),
    ]
    for (const reply of replies) {
      expect([reply.status, codeOf(reply)]).toEqual([403, 'sender_not_allowed'])
      expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
      expect(reply.headers['set-cookie']).toBeUndefined()
    }
    expect(calls).toEqual([])
    expect((await rpc(server, { cookie })).status).toBe(200)
    expect((await send(link)).status).toBe(303)
  })

  it.each(['127.0.0.1', 'localhost', '[::1]'])('may name this machine as %s', async (name) => {
    const { server } = await setUp()
    const own = `${name}:${new URL(server.url).port}`
    const reply = await rpc(server, { cookie: await signIn(server), host: own, origin: `http://${own}` })
    expect(reply.status).toBe(200)
  })

  it('get no CORS answer to a preflight', async () => {
    const { server } = await setUp()
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
    const reply = await send(`${server.url}/rpc`, { method: 'OPTIONS', headers })
    expect(reply.status).toBe(403)
    expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })
})

describe('pages', () => {
  it('tell who is signed in what runs, and others how to sign in', async () => {
    const { server } = await setUp()
    const stranger = await send(`${server.url}/`)
    expect(stranger.status).toBe(401)
    expect(stranger.text).toContain('npx weir status')
    expect(stranger.text).not.toContain('4141')
    const home = await send(`${server.url}/`, { headers: { cookie: await signIn(server) } })
    expect(home.status).toBe(200)
    expect(home.text).toContain('http://127.0.0.1:4141/v1')
    expect(home.text).toContain('9.8.7&#60;b&#62;')
    expect(home.text).not.toContain('<script')
  })

  it('carry the security headers, on refusals too', async () => {
    const { server } = await setUp()
    const replies = [
      await send(`${server.url}/`),
      await send(`${server.url}/`, { headers: { cookie: await signIn(server) } }),
      await send(`${server.url}/nothing`),
      await rpc(server, {}),
      await rpc(server, { host: 'evil.example' }),
    ]
    for (const { headers } of replies) {
      expect(headers['content-security-policy']).toMatch(/^default-src 'none';.*frame-ancestors 'none'/)
      expect(headers['content-security-policy']).not.toContain('unsafe')
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['referrer-policy']).toBe('no-referrer')
      expect(headers['cache-control']).toBe('no-store')
      expect(headers['x-powered-by']).toBeUndefined()
    }
  })

  it('answer an unknown path with the envelope', async () => {
    const { server } = await setUp()
    for (const path of ['/nothing', '/rpc', '//', '/../etc/passwd']) {
      const reply = await send(`${server.url}${path}`)
      expect([reply.status, codeOf(reply)]).toEqual([404, 'unknown_route'])
    }
  })
})

describe('events', () => {
  /** Collects until `done` holds of everything received. */
  function listen(server: AdminServer, cookie: string) {
    const state = { text: '', ended: false, wake: () => {} }
    const call = httpRequest(`${server.url}/events`, { headers: { cookie }, agent: false }, (response) => {
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        state.text += chunk
        state.wake()
      })
      response.on('close', () => {
        state.ended = true
        state.wake()
      })
    })
    call.on('error', () => {})
    call.end()
    opened.push({ close: () => Promise.resolve(call.destroy()) })
    return async (done: (seen: { text: string; ended: boolean }) => boolean) => {
      while (!done(state)) await new Promise<void>((resolve) => (state.wake = resolve))
      return state.text
    }
  }

  it('arrive as they happen, with keep-alives between them', async () => {
    const { server, emit, listeners } = await setUp({ keepAliveMs: 20 })
    const until = listen(server, await signIn(server))
    await until(({ text }) => text.startsWith('retry: 1000\n\n') && text.includes(': keep-alive\n\n'))
    emit({ type: 'pool.changed', id: 'p1' })
    const text = await until(({ text }) => text.includes('data:'))
    expect(text).toContain('data: {"type":"pool.changed","id":"p1"}\n\n')
    await server.close()
    expect(listeners.size).toBe(0)
  })

  it('need a session, and end with it', async () => {
    const { server } = await setUp()
    expect((await send(`${server.url}/events`)).status).toBe(401)
    const cookie = await signIn(server)
    const until = listen(server, cookie)
    await until(({ text }) => text !== '')
    await send(`${server.url}/sign-out`, { method: 'POST', headers: { cookie } })
    await until(({ ended }) => ended)
  })
})

describe('port', () => {
  it('that is taken is a clear error', async () => {
    const { server } = await setUp()
    const port = Number(new URL(server.url).port)
    const { dispatch } = recordingCore()
    const second = openAdminServer({
      dispatch,
      subscribe: () => () => {},
      port,
      sessionMs: () => 1,
      baseUrl: '',
      version: '',
    })
    await expect(second).rejects.toMatchObject({ code: 'port_in_use', message: expect.stringContaining(String(port)) })
  })
})
