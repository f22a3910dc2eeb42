import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { startHttpPeer, type Peer } from '../../../test/support/http-peer.ts'
import { AppError } from '../../shared/errors.ts'
import { listModels, type ModelList } from './model-list.ts'
import { openaiCompatibleProvider } from './openai-compatible.ts'

const peers: Peer[] = []
const seen: string[] = []

afterEach(async () => {
  seen.length = 0
  await Promise.all(peers.splice(0).map((peer) => peer.close()))
})

async function listFrom(answer: (res: ServerResponse) => void, signal?: AbortSignal): Promise<ModelList> {
  const peer = await startHttpPeer((req, res) => {
    seen.push(`${req.method} ${req.url} ${req.headers.authorization}`)
    answer(res)
  })
  peers.push(peer)
  return listModels(
    openaiCompatibleProvider,
    { baseUrl: `${peer.url}/`, proxyUrl: null, secret: { apiKey: 'sk-canary' } },
    { signal: signal ?? new AbortController().signal, timeoutMs: 5_000 },
  )
}

function json(value: unknown, status = 200) {
  return (res: ServerResponse) => {
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  }
}

async function failureOf(answer: (res: ServerResponse) => void): Promise<AppError> {
  const error: unknown = await listFrom(answer).catch((caught: unknown) => caught)
  if (!(error instanceof AppError)) throw new Error(`no failure, but: ${JSON.stringify(error)}`)
  expect(error.message).not.toContain('canary')
  return error
}

describe('model-list', () => {
  it('asks with the credential at the API base', async () => {
    const { models, latencyMs } = await listFrom(json({ object: 'list', data: [{ id: 'b' }, { id: 'a' }] }))
    expect(models).toEqual(['a', 'b'])
    expect(latencyMs).toBeGreaterThan(0)
    expect(seen).toEqual(['GET /v1/models Bearer sk-canary'])
  })

  it.each([
    ['a bare array', [{ id: 'x' }, { id: 'y' }]],
    ['an array of texts', ['y', 'x']],
    ['models by slug', { models: [{ slug: 'x' }, { slug: 'y' }] }],
    ['models by name', { models: [{ name: 'x' }, { name: 'y' }] }],
    [
      'duplicates and rows that are no model',
      { data: [{ id: 'x' }, null, {}, { id: 7 }, { id: 'a b' }, { id: 'x' }, { id: 'y' }] },
    ],
  ])('reads %s', async (_name, body) => {
    expect((await listFrom(json(body))).models).toEqual(['x', 'y'])
  })

  it('reads an empty list', async () => {
    expect((await listFrom(json({ data: [] }))).models).toEqual([])
  })

  it('stops at 5,000 ids', async () => {
    const data = Array.from({ length: 6_000 }, (_, index) => ({ id: `m${index}` }))
    expect((await listFrom(json({ data }))).models).toHaveLength(5_000)
  })

  it.each([
    [401, 'upstream_auth_failed'],
    [403, 'upstream_auth_failed'],
    [404, 'upstream_rejected'],
    [405, 'upstream_rejected'],
    [400, 'upstream_rejected'],
    [429, 'upstream_rate_limited'],
    [503, 'upstream_error'],
    [302, 'upstream_bad_response'],
  ])('reads status %i as %s', async (status, code) => {
    const error = await failureOf(json({ error: { message: 'canary' } }, status))
    expect([error.code, error.details?.['status']]).toEqual([code, status])
  })

  it('says that an address has no list', async () => {
    expect((await failureOf(json({}, 404))).message).toContain('no model list')
  })

  it('recognises a web page', async () => {
    const page = '<!doctype html><html>canary</html>'
    const typed = await failureOf((res) => res.writeHead(200, { 'content-type': 'text/html' }).end(page))
    const untyped = await failureOf((res) => res.end(`\n${page}`))
    for (const error of [typed, untyped]) {
      expect(error.code).toBe('upstream_bad_response')
      expect(error.message).toContain('web page')
    }
  })

  it.each(['{"canary":1}', '"canary"', '{"data":"canary"}', '{canary', ''])('refuses the body %s', async (body) => {
    expect((await failureOf((res) => res.end(body))).code).toBe('upstream_bad_response')
  })

  it('stops reading a body without end', async () => {
    const error = await failureOf((res) => {
      const more = () => {
        while (!res.destroyed && res.write(' '.repeat(65_536)));
      }
      res.on('drain', more)
      more()
    })
    expect(error.code).toBe('upstream_bad_response')
    expect(error.message).toContain('8 MB')
  })

  it('ends with the signal of its caller', async () => {
    const stop = new AbortController()
    const list = listFrom(() => stop.abort(new AppError('shutting_down', 'stop')), stop.signal)
    await expect(list).rejects.toMatchObject({ code: 'shutting_down' })
  })
})
