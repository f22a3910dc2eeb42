/**
 * Connections to one upstream. undici's own body and header time-outs are off: the gateway has its own, and two clocks
 * on one stream would race. HTTP/1.1 only: one request per connection keeps one slow stream from holding up another.
 */
import { Pool, ProxyAgent, type Dispatcher } from 'undici'
import { isOpenai } from './base-url.ts'
import type { ProviderAccount } from './provider.ts'

export interface ConnectionOptions {
  readonly connectTimeoutMs: number
  /** Upper bound of sockets; unlimited when left out. */
  readonly connections?: number
}

/**
 * How long an idle connection is kept where the server does not say. Many compatible servers (uvicorn) hang up after 5 s
 * without announcing it, and a request written into that moment is lost; OpenAI keeps connections for minutes.
 */
const KEEP_ALIVE_MS = 4_000
const OPENAI_KEEP_ALIVE_MS = 60_000

export function openDispatcher(account: ProviderAccount, options: ConnectionOptions): Dispatcher {
  const connections = options.connections === undefined ? {} : { connections: options.connections }
  const pool: Pool.Options = {
    ...connections,
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: isOpenai(account.baseUrl) ? OPENAI_KEEP_ALIVE_MS : KEEP_ALIVE_MS,
    keepAliveMaxTimeout: 600_000,
  }
  const tls = { timeout: options.connectTimeoutMs, allowH2: false }
  if (account.proxyUrl === null) return new Pool(new URL(account.baseUrl).origin, { ...pool, connect: tls })

  const credentials = account.secret?.proxyCredentials
  return new ProxyAgent({
    ...pool,
    uri: account.proxyUrl,
    ...(credentials === undefined ? {} : { token: `Basic ${Buffer.from(credentials).toString('base64')}` }),
    connectTimeout: options.connectTimeoutMs,
    requestTls: tls,
    proxyTls: tls,
    // Without this, requests forwarded over plain http would run on a pool with undici's default time-outs.
    factory: (origin, inherited) => new Pool(origin, { ...inherited, ...pool }),
  })
}
