/** What images, audio and files cost in input tokens. Their base64 is never counted by its length. */
import { isUtf8 } from 'node:buffer'
import { imagePriceOf, imageTokens, maxImageTokens, type ImagePrice } from './image-price.ts'
import { imageSize } from './image-size.ts'

/** Sound that a user sends: one token per 100 ms. OpenAI, "Managing costs" of the Realtime API. */
const AUDIO_TOKENS_PER_SECOND = 10
/** 16 bit, 24 kHz, one channel: raw sound, and a WAV whose head cannot be read. */
const PCM_BYTES_PER_SECOND = 48_000
/** 64 kbit/s: compressed formats do not say their duration in their head. */
const COMPRESSED_BYTES_PER_SECOND = 8_000
/** Less is no sound that somebody would send, so it is not believed. */
const MIN_BYTES_PER_SECOND = 1_000
/** An earlier answer, named by its id alone: one minute at the model's 20 tokens per second. */
export const AUDIO_BY_ID_TOKENS = 1_200

/** A page of a PDF goes in as its text and as an image of it. */
const PDF_PAGE_TOKENS = 2_500
const MAX_PDF_PAGES = 100
/** Where a PDF's pages cannot be counted because they are packed. */
const PDF_BYTES_PER_PAGE = 50_000
/** Of a document that is neither text nor PDF. */
const OTHER_BYTES_PER_TOKEN = 4
/** A file named by id or address, or a PDF: its size is not known here, this is the most that is assumed. */
export const MAX_FILE_TOKENS = MAX_PDF_PAGES * PDF_PAGE_TOKENS

/** Reasoning that comes back encrypted: about 650 bytes of it are packing. The Codex CLI reckons the same. */
const SEALED_OVERHEAD_BYTES = 650
const BYTES_PER_TOKEN = 4

const dataUrl = /^data:([^,;]*)(?:;[^,]*)?;base64,/i

/** How texts and images are priced for one request. */
export interface Prices {
  countText(text: string): number
  readonly image: ImagePrice
}

export function pricesFor(model: string, countText: Prices['countText']): Prices {
  return { countText, image: imagePriceOf(model) }
}

/** The base64 of a data: URL, the text itself when it has no such head, null for an address. */
function base64Of(source: string): string | null {
  const head = dataUrl.exec(source.slice(0, 256))
  if (head !== null) return source.slice(head[0].length)
  return /^[a-z][a-z\d+.-]*:/i.test(source.slice(0, 32)) ? null : source
}

export function isDataUrl(text: string): boolean {
  return text.startsWith('data:') && dataUrl.test(text.slice(0, 256))
}

function byteLength(base64: string): number {
  return Math.floor((base64.length * 3) / 4)
}

/** `source` is a data: URL, bare base64, an address; anything else is an image of which nothing is known. */
export function imageSourceTokens(prices: Prices, source: unknown, detail: unknown): number {
  const base64 = typeof source === 'string' ? base64Of(source) : null
  if (base64 === null && detail === 'original') return maxImageTokens(prices.image)
  return imageTokens(prices.image, base64 === null ? null : imageSize(base64), detail)
}

export function audioTokens(data: string, format: unknown): number {
  const base64 = base64Of(data) ?? data
  const seconds = byteLength(base64) / bytesPerSecond(base64, format)
  return Math.ceil(seconds * AUDIO_TOKENS_PER_SECOND)
}

function bytesPerSecond(base64: string, format: unknown): number {
  const head = Buffer.from(base64.slice(0, 64), 'base64')
  if (head.length >= 32 && head.toString('latin1', 0, 4) === 'RIFF') {
    return Math.max(MIN_BYTES_PER_SECOND, head.readUInt32LE(28))
  }
  return format === 'wav' || format === 'pcm16' ? PCM_BYTES_PER_SECOND : COMPRESSED_BYTES_PER_SECOND
}

/** A file by its contents: text by its tokens, a PDF by its pages, else by its size. An address: the most assumed. */
export function fileTokens(prices: Prices, source: string): number {
  const base64 = base64Of(source)
  if (base64 === null) return MAX_FILE_TOKENS
  if (imageSize(base64) !== null) return imageSourceTokens(prices, source, 'high')
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.toString('latin1', 0, 5) === '%PDF-') return PDF_PAGE_TOKENS * pdfPages(bytes)
  const isText = !bytes.includes(0) && isUtf8(bytes)
  return isText ? prices.countText(bytes.toString('utf8')) : Math.ceil(bytes.length / OTHER_BYTES_PER_TOKEN)
}

function pdfPages(bytes: Buffer): number {
  const named = bytes.toString('latin1').match(/\/Type\s{0,8}\/Page(?![a-z])/gi)?.length
  return Math.min(MAX_PDF_PAGES, named ?? Math.ceil(bytes.length / PDF_BYTES_PER_PAGE))
}

/** Reasoning or a compacted history that only the provider can read. */
export function sealedTokens(base64: string): number {
  return Math.ceil(Math.max(0, byteLength(base64) - SEALED_OVERHEAD_BYTES) / BYTES_PER_TOKEN)
}
