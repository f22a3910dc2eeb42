/** Reads a request body: bounded, decoded, parsed. */
import type { IncomingMessage } from 'node:http'
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import { isObject, type JsonObject } from './json.ts'
import { SimulatorError } from './simulator-error.ts'

const MAX_BYTES = 128 * 1024 * 1024

const decoders: Readonly<Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Buffer>> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
}

/** Decoded, whatever it is. */
export async function readBytes(req: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of req as AsyncIterable<Buffer>) {
    size += part.length
    if (size > MAX_BYTES) throw new SimulatorError(413, 'The request body is larger than 128 MB.')
    parts.push(part)
  }
  return decode(Buffer.concat(parts), req.headers['content-encoding'])
}

export function parseJson(text: string): JsonObject {
  const value = parse(text)
  if (!isObject(value)) throw new SimulatorError(400, 'The request body must be a JSON object.')
  return value
}

function decode(bytes: Buffer, encoding: string | undefined): Buffer {
  if (encoding === undefined || encoding === 'identity') return bytes
  const decoder = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined
  if (decoder === undefined) throw new SimulatorError(415, 'This content encoding is not known.')
  try {
    return decoder(bytes, { maxOutputLength: MAX_BYTES })
  } catch {
    // What zlib says about the bytes helps nobody.
    throw new SimulatorError(400, `The request body does not decode as ${encoding}.`)
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message quotes the body.
    throw new SimulatorError(400, 'The request body is not valid JSON.')
  }
}
