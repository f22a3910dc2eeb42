/**
 * Fetches a list of prices from an address that the operator named: https only, also after a redirect, never this
 * machine itself, bounded in time and size. The address may hold something secret behind its `?`, so errors name the host only.
 */
import { lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, type Dispatcher } from 'undici'
import { AppError } from '../../shared/errors.ts'
import { isLoopback } from '../../shared/loopback.ts'

export const MAX_LIST_BYTES = 20 * 1024 * 1024
const MAX_REDIRECTS = 5
const CONNECT_TIMEOUT_MS = 10_000
const TOTAL_TIMEOUT_MS = 60_000
const NOT_ALLOWED = 'WEIR_ADDRESS_NOT_ALLOWED'

export interface PriceFetchOptions {
  /** Plain http and this machine are allowed: for a server that a test starts. */
  readonly allowLoopback?: boolean
  readonly timeoutMs?: number
}

export interface FetchedList {
  readonly text: string
  /** The address without what may be secret in it. */
  readonly origin: string
}

/** @throws AppError `price_list_not_allowed`, `price_list_unreachable`, `price_list_too_large` */
export async function fetchPriceList(address: string, options: PriceFetchOptions = {}): Promise<FetchedList> {
  const { allowLoopback = false, timeoutMs = TOTAL_TIMEOUT_MS } = options
  const signal = AbortSignal.timeout(timeoutMs)
  const agent = new Agent({
    connections: 1,
    connect: { timeout: CONNECT_TIMEOUT_MS, ...(allowLoopback ? {} : { lookup: lookupElsewhere }) },
  })
  let url = allowed(address, allowLoopback)
  const origin = `${url.origin}${url.pathname}`
  try {
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const response = await ask(agent, url, signal)
      const next = redirectOf(response)
      if (next === null) return { text: await readList(response, url), origin: origin.slice(0, 400) }
      await response.body.dump()
      url = allowed(next, allowLoopback, url)
    }
    throw unreachable(url, 'redirects more than five times')
  } catch (error) {
    throw fetchError(error, url)
  } finally {
    await agent.destroy()
  }
}

function ask(agent: Agent, url: URL, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  return agent.request({
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: 'GET',
    headers: ['accept', 'application/json', 'user-agent', 'weir'],
    signal,
  })
}

function allowed(address: string, allowLoopback: boolean, base?: URL): URL {
  const url = URL.parse(address, base?.href)
  if (url === null) throw notAllowed('is no address')
  if (url.username !== '' || url.password !== '') throw notAllowed('has a user or a password in it')
  const isSecure = url.protocol === 'https:' || (allowLoopback && url.protocol === 'http:')
  if (!isSecure)
    throw notAllowed(base === undefined ? 'must begin with https://' : 'redirects to something else than https')
  if (!allowLoopback && isThisMachine(url.hostname.replace(/^\[|\]$/g, ''))) throw notAllowed('leads to this machine')
  return url
}

/** Also what a system takes for itself in other words: no address at all, and IPv4 inside IPv6. */
function isThisMachine(host: string): boolean {
  const mapped = /^::ffff:(?:7f[0-9a-f]{2}:[0-9a-f]{1,4}|127\.\d+\.\d+\.\d+|0:0|0\.0\.0\.0)$/i
  if (mapped.test(host)) return true
  return isLoopback(host) || /^0(?:\.\d+){3}$/.test(host) || host === '::' || /(?:^|\.)localhost\.?$/i.test(host)
}

/** A name that leads to this machine is refused when it is looked up, so that it cannot change in between. */
export const lookupElsewhere: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error !== null) return callback(error, '', 0)
    const [first] = found
    if (first === undefined || found.some(({ address }) => isThisMachine(address))) {
      return callback(Object.assign(new Error('this machine'), { code: NOT_ALLOWED }), '', 0)
    }
    return options.all === true ? callback(null, found) : callback(null, first.address, isIP(first.address))
  })
}

function redirectOf({ statusCode, headers }: Dispatcher.ResponseData): string | null {
  const { location } = headers
  return statusCode >= 300 && statusCode < 400 && typeof location === 'string' ? location : null
}

async function readList({ statusCode, body }: Dispatcher.ResponseData, url: URL): Promise<string> {
  if (statusCode !== 200) throw unreachable(url, `answered with status ${statusCode}`)
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body as AsyncIterable<Buffer>) {
    size += part.length
    if (size > MAX_LIST_BYTES) throw tooLarge()
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

export function tooLarge(): AppError {
  return new AppError('price_list_too_large', 'The list of prices is larger than 20 MB.')
}

function notAllowed(why: string): AppError {
  return new AppError(
    'price_list_not_allowed',
    `The address of the list ${why}. Use an https address, or import a file.`,
  )
}

function unreachable(url: URL, why: string, cause?: unknown): AppError {
  return new AppError('price_list_unreachable', `${url.host} ${why}.`, cause === undefined ? {} : { cause })
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ENOTFOUND: 'does not exist as a host name',
  EAI_AGAIN: 'could not be looked up',
  UND_ERR_CONNECT_TIMEOUT: 'could not be reached in time',
  ETIMEDOUT: 'could not be reached in time',
}

/** Only a low-level code goes on: the messages of the network may hold the whole address. */
function fetchError(error: unknown, url: URL): AppError {
  if (error instanceof AppError) return error
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === 'TimeoutError') return unreachable(url, 'did not answer in time', error)
    const code = 'code' in at && typeof at.code === 'string' ? at.code : ''
    if (code === NOT_ALLOWED) return notAllowed('leads to this machine')
    const reason = REASONS[code]
    if (reason !== undefined) return unreachable(url, reason, error)
  }
  return unreachable(url, 'could not be read: the connection or its certificate failed', error)
}
