/**
 * The built-in simulator: a provider that runs inside Weir, offline and without cost. It listens on a real loopback
 * socket, so that it takes the same way as any provider and its faults are real ones. Only Weir may use it: every
 * request needs a token that is new with each start, and none may come from a web page.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../../../shared/errors.ts'
import type { SimulatorBehaviour } from '../../../shared/models/upstream.ts'
import { deliverPage, hang, type Delivery } from './delivery.ts'
import { createSimulatorFiles, type SimulatorFiles } from './files.ts'
import { plainPaths, servePlain } from './plain.ts'
import { parseJson, readBytes } from './request-body.ts'
import { modelBody, modelListBody, serveDialect, type SimulatorRoute } from './routes.ts'
import { faultError, SimulatorError } from './simulator-error.ts'
import { createSimulatorSockets } from './sockets.ts'

export interface Simulator {
  /** Ends in `/v1`. */
  baseUrl(upstreamId: string): string
  /** The API key of every simulated upstream. */
  readonly token: string
  readonly port: number
  close(): Promise<void>
}

export interface SimulatorDeps {
  /** Undefined when there is no such simulated upstream. Asked on each request, so changes take effect at once. */
  behaviourOf(upstreamId: string): SimulatorBehaviour | undefined
}

interface Context extends SimulatorDeps {
  readonly isTokenValid: (header: string | undefined) => boolean
  /** Inference requests so far, per upstream: `failEvery` counts them. */
  readonly counts: Map<string, number>
  readonly files: SimulatorFiles
}

interface Target {
  readonly upstreamId: string
  readonly path: string
  readonly behaviour: SimulatorBehaviour
}

const dialectPaths: ReadonlyMap<string, SimulatorRoute> = new Map([
  ['/chat/completions', 'chat'],
  ['/responses', 'responses'],
  ['/embeddings', 'embeddings'],
])

export async function createSimulator(deps: SimulatorDeps): Promise<Simulator> {
  const token = `sim-${randomBytes(24).toString('base64url')}`
  let port = 0
  const files = createSimulatorFiles(token, () => `http://127.0.0.1:${port}`)
  const context: Context = { ...deps, isTokenValid: tokenCheck(token), counts: new Map(), files }
  const closing = new AbortController()
  const running = new Set<Promise<void>>()
  const server = createServer((req, res) => {
    const run = serve(req, res, context, closing.signal).finally(() => running.delete(run))
    running.add(run)
  })
  server.keepAliveTimeout = 60_000
  const sockets = createSimulatorSockets((req) => {
    const { upstreamId, path } = admit(req, context)
    if (path !== '/responses') throw notFound(req.method, path)
    return () => turnOf(upstreamId, context)
  })
  server.on('upgrade', sockets.upgrade)
  await listen(server)
  port = (server.address() as AddressInfo).port
  return {
    baseUrl: (upstreamId) => `http://127.0.0.1:${port}/${encodeURIComponent(upstreamId)}/v1`,
    token,
    port,
    async close() {
      closing.abort()
      sockets.close()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await Promise.all([closed, ...running])
    },
  }
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function tokenCheck(token: string): (header: string | undefined) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const wanted = digest(`Bearer ${token}`)
  return (header) => header !== undefined && timingSafeEqual(digest(header), wanted)
}

/** Never rejects: every failure becomes an answer or a closed connection. */
async function serve(req: IncomingMessage, res: ServerResponse, context: Context, closing: AbortSignal): Promise<void> {
  const gone = new AbortController()
  const end = () => gone.abort()
  res.once('close', end)
  closing.addEventListener('abort', end, { once: true })
  // A broken client connection is told by `close`; an unheard `error` would end the process.
  res.on('error', end)
  try {
    await answer(req, res, context, gone.signal)
  } catch (error) {
    if (gone.signal.aborted) return
    sendError(res, asAnswer(error))
  } finally {
    closing.removeEventListener('abort', end)
  }
}

/** A form that is none is read by Weir's own reader. */
function asAnswer(error: unknown): SimulatorError {
  if (error instanceof SimulatorError) return error
  if (error instanceof AppError && error.code === 'invalid_request') return new SimulatorError(400, error.message)
  return new SimulatorError(500, 'The simulator failed.')
}

async function answer(req: IncomingMessage, res: ServerResponse, context: Context, signal: AbortSignal): Promise<void> {
  if (req.method === 'PUT') return context.files.put(req, res)
  const target = admit(req, context)
  if (await context.files.serve({ req, res, ...target })) return
  if (req.method === 'GET') {
    sendJson(res, readOnly(req, target))
    return
  }
  const route = dialectPaths.get(target.path)
  const plain = plainPaths.get(target.path)
  if ((route === undefined && plain === undefined) || req.method !== 'POST') throw notFound(req.method, target.path)

  const { behaviour, fault } = turnOf(target.upstreamId, context)
  if (fault === 'refuse_connection') {
    req.socket.resetAndDestroy()
    return
  }
  const bytes = await readBytes(req)
  if (behaviour.latencyMs > 0) await delay(behaviour.latencyMs, undefined, { signal })
  const delivery: Delivery = { res, signal, behaviour, fault, headers: {} }
  if (fault === 'hang_before_headers') await hang(signal)
  else if (fault === 'status') sendFault(res, behaviour)
  else if (fault === 'wrong_content_type') await deliverPage(delivery)
  else if (route !== undefined) await serveDialect(route, parseJson(bytes.toString('utf8')), delivery)
  else if (plain !== undefined) await servePlain(plain, { bytes, contentType: req.headers['content-type'] }, delivery)
}

/** How the next inference request of this upstream goes. */
function turnOf(upstreamId: string, { behaviourOf, counts }: Context): Pick<Delivery, 'behaviour' | 'fault'> {
  const behaviour = behaviourOf(upstreamId)
  if (behaviour === undefined) throw new SimulatorError(404, 'There is no such simulated upstream.')
  const count = (counts.get(upstreamId) ?? 0) + 1
  counts.set(upstreamId, count)
  return { behaviour, fault: count % behaviour.failEvery === 0 ? behaviour.fault : 'none' }
}

function admit(req: IncomingMessage, { isTokenValid, behaviourOf }: Context): Target {
  if (req.headers.origin !== undefined) throw new SimulatorError(403, 'Web pages may not call the simulator.')
  if (!isTokenValid(req.headers.authorization)) {
    throw new SimulatorError(401, 'Incorrect API key provided.', null, 'invalid_api_key')
  }
  const [, id = '', path = ''] = /^\/([^/?]+)\/v1(\/[^?]*)/.exec(req.url ?? '') ?? []
  const upstreamId = decode(id)
  const behaviour = upstreamId === '' ? undefined : behaviourOf(upstreamId)
  if (behaviour === undefined) throw new SimulatorError(404, 'There is no such simulated upstream.')
  return { upstreamId, path, behaviour }
}

function readOnly(req: IncomingMessage, { path, behaviour }: Target): unknown {
  if (path === '/models') return modelListBody(behaviour)
  const id = /^\/models\/(.+)$/.exec(path)?.[1]
  if (id !== undefined) return modelBody(decode(id), behaviour)
  throw notFound(req.method, path)
}

function notFound(method: string | undefined, path: string): SimulatorError {
  return new SimulatorError(404, `Unknown request URL: ${method} ${path.slice(0, 200)}.`, null, 'unknown_url')
}

/** Empty for a malformed escape. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}

function sendFault(res: ServerResponse, behaviour: SimulatorBehaviour): void {
  if (behaviour.retryAfterSeconds !== null) res.setHeader('retry-after', String(behaviour.retryAfterSeconds))
  sendError(res, faultError(behaviour.faultStatus))
}

function sendError(res: ServerResponse, error: SimulatorError): void {
  if (res.headersSent) res.destroy()
  else sendJson(res, error.body(), error.status)
}

function sendJson(res: ServerResponse, value: unknown, status = 200): void {
  const body = Buffer.from(JSON.stringify(value))
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length })
  res.end(body)
}
