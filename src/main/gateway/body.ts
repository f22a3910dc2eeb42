/** Reads a request body whole, decoded, within bounds on size, ratio and time. */
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress, type InputType } from 'node:zlib'
import { AppError } from '../../shared/errors.ts'
import type { IncomingMessage } from 'node:http'
import type { Settings } from '../../shared/settings.ts'
import type { RequestHeaders } from './request-headers.ts'
import type { Watchdog, Watched } from './watchdog.ts'

type Decoder = (input: InputType, options: { maxOutputLength: number }) => Promise<Buffer>

const decoders: Readonly<Record<string, Decoder>> = {
  gzip: promisify(gunzip) as Decoder,
  'x-gzip': promisify(gunzip) as Decoder,
  deflate: promisify(inflate) as Decoder,
  br: promisify(brotliDecompress) as Decoder,
  zstd: promisify(zstdDecompress) as Decoder,
}

/** A small body may expand by any ratio: what it can cost is bounded anyway. */
const RATIO_FREE_BYTES = 1_048_576

export interface BodyDeps {
  readonly settings: Settings
  readonly watchdog: Watchdog
  readonly now: () => number
  /** The setting that bounds it; left out for the usual one. */
  readonly limit?: BodyLimit
}

export type BodyLimit = 'gateway.maxBodyBytes' | 'gateway.maxUploadBytes'

function tooLarge(setting: BodyLimit, limit: number): AppError {
  return new AppError('body_too_large', `The request body is larger than ${limit} bytes.`, {
    details: { limit, setting },
  })
}

/** Null where a body of this size is read. */
export function sizeRefusal(
  bytes: number,
  settings: Settings,
  setting: BodyLimit = 'gateway.maxBodyBytes',
): AppError | null {
  const limit = settings[setting]
  return bytes > limit ? tooLarge(setting, limit) : null
}

/** @throws AppError `body_too_large`, `compression_ratio_exceeded`, `unsupported_encoding`, `body_timeout`, `client_closed`. */
export function readBody(request: IncomingMessage, headers: RequestHeaders, deps: BodyDeps): Promise<Buffer> {
  const { settings, limit: setting = 'gateway.maxBodyBytes' } = deps
  const refusal = sizeRefusal(headers.contentLength, settings, setting)
  if (refusal !== null) return Promise.reject(refusal)
  const raw = collect(request, setting, deps)
  const encoding = headers.contentEncoding
  if (encoding === null || encoding === 'identity') return raw
  return raw.then((bytes) => decode(bytes, encoding, { settings, setting }))
}

function collect(request: IncomingMessage, setting: BodyLimit, deps: BodyDeps): Promise<Buffer> {
  const limit = deps.settings[setting]
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const timeoutMs = deps.settings['gateway.bodyTimeoutMs']
  const deadline = deps.now() + timeoutMs
  const chunks: Buffer[] = []
  let size = 0
  const clock: Watched = {
    place: -1,
    beat(now) {
      if (now < deadline) return
      fail(new AppError('body_timeout', `The request body was not complete after ${timeoutMs} ms.`))
    },
  }

  function fail(error: AppError): void {
    deps.watchdog.unwatch(clock)
    request.off('data', onData)
    reject(error)
  }
  function onData(chunk: Buffer): void {
    size += chunk.length
    if (size > limit) fail(tooLarge(setting, limit))
    else chunks.push(chunk)
  }
  deps.watchdog.watch(clock)
  request.on('data', onData)
  request.on('end', () => {
    deps.watchdog.unwatch(clock)
    const [only] = chunks
    resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size))
  })
  request.on('close', () => {
    if (!request.complete) fail(new AppError('client_closed', 'The client closed the connection while sending.'))
  })
  return promise
}

interface Bound {
  readonly settings: Settings
  readonly setting: BodyLimit
}

async function decode(raw: Buffer, encoding: string, { settings, setting }: Bound): Promise<Buffer> {
  const name = encoding.trim().toLowerCase()
  const decoder = Object.hasOwn(decoders, name) ? decoders[name] : undefined
  if (decoder === undefined) {
    throw new AppError('unsupported_encoding', 'The request body must be plain, gzip, deflate, br or zstd.')
  }
  const limit = settings[setting]
  const byRatio = Math.max(RATIO_FREE_BYTES, raw.length * settings['gateway.maxCompressionRatio'])
  try {
    return await decoder(raw, { maxOutputLength: Math.min(limit, byRatio) })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') {
      throw new AppError('unsupported_encoding', `The request body is not valid ${name}.`)
    }
    if (byRatio >= limit) throw tooLarge(setting, limit)
    const ratio = settings['gateway.maxCompressionRatio']
    throw new AppError('compression_ratio_exceeded', `The request body expands to more than ${ratio} times its size.`, {
      details: { limit: ratio, setting: 'gateway.maxCompressionRatio' },
    })
  }
}
