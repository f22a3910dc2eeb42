import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { imagePriceOf, imageTokens, maxImageTokens } from './image-price.ts'
import { imageSize } from './image-size.ts'

const models = ['gpt-4o', 'gpt-4o-mini', 'gpt-4.1-mini', 'gpt-4.1-nano', 'gpt-5', 'gpt-5.4', 'o1', 'o4-mini', 'llava']

describe('imageTokens', () => {
  // The worked examples of OpenAI's page "Images and vision".
  it.each([
    ['gpt-4o', 1_024, 1_024, 'high', 765],
    ['gpt-4o', 2_048, 4_096, 'high', 1_105],
    ['gpt-4o', 4_096, 8_192, 'low', 85],
    ['gpt-4.1-mini', 1_024, 1_024, 'high', Math.ceil(1_024 * 1.62)],
    ['gpt-4.1-mini', 1_800, 2_400, 'high', Math.ceil(1_452 * 1.62)],
  ])('prices %s %i×%i %s as published', (model, width, height, detail, tokens) => {
    expect(imageTokens(imagePriceOf(model), { width, height }, detail)).toBe(tokens)
  })

  it('takes the longest beginning of the id, behind a vendor, and a scheme for every other model', () => {
    expect(imagePriceOf('gpt-4o-mini-2024-07-18')).toEqual({ scheme: 'tiles', base: 2_833, perTile: 5_667 })
    expect(imagePriceOf('openai/gpt-4o')).toEqual({ scheme: 'tiles', base: 85, perTile: 170 })
    expect(imagePriceOf('qwen3-vl').scheme).toBe('patches')
  })

  it('takes the most for an unknown size, more with the original detail', () => {
    expect(imageTokens(imagePriceOf('gpt-4o'), null, 'auto')).toBe(85 + 8 * 170)
    expect(imageTokens(imagePriceOf('gpt-5.4'), null, undefined)).toBe(3_000)
    expect(imageTokens(imagePriceOf('gpt-5.4'), null, 'original')).toBe(12_000)
  })

  it('never exceeds the most of its model, nor that of all', () => {
    const side = fc.oneof(fc.integer({ min: 1, max: 4_000 }), fc.integer({ min: 1, max: 2 ** 32 - 1 }))
    const detail = fc.constantFrom('low', 'high', 'auto', 'original', undefined)
    fc.assert(
      fc.property(fc.constantFrom(...models), side, side, detail, (model, width, height, detail) => {
        const price = imagePriceOf(model)
        const tokens = imageTokens(price, { width, height }, detail)
        expect(Number.isSafeInteger(tokens) && tokens > 0).toBe(true)
        expect(tokens).toBeLessThanOrEqual(maxImageTokens(price))
        expect(maxImageTokens(price)).toBeLessThanOrEqual(maxImageTokens(null))
      }),
    )
  })
})

function png(width: number, height: number): Buffer {
  const head = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
  const size = Buffer.alloc(8)
  size.writeUInt32BE(width)
  size.writeUInt32BE(height, 4)
  return Buffer.concat([head, size, Buffer.alloc(40)])
}

function gif(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(64)
  bytes.write('GIF89a', 'latin1')
  bytes.writeUInt16LE(width, 6)
  bytes.writeUInt16LE(height, 8)
  return bytes
}

function webp(kind: string, fill: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(64)
  bytes.write('RIFF', 'latin1')
  bytes.write(`WEBP${kind}`, 8, 'latin1')
  fill(bytes)
  return bytes
}

/** With a preview of `before` bytes ahead of the frame, in segments as a camera writes them. */
function jpeg(width: number, height: number, before: number): Buffer {
  const segments: Buffer[] = [Buffer.from('ffd8', 'hex')]
  for (let left = before; left > 0; left -= 60_000) {
    const segment = Buffer.alloc(Math.min(left, 60_000) + 4, 0xc0)
    segment.writeUInt16BE(0xffe1)
    segment.writeUInt16BE(segment.length - 2, 2)
    segments.push(segment)
  }
  // A Huffman table: its marker lies among those of frames.
  segments.push(Buffer.from('ffc40004aabb', 'hex'))
  const frame = Buffer.from('ffc2001108000000000301220002110103110100', 'hex')
  frame.writeUInt16BE(height, 5)
  frame.writeUInt16BE(width, 7)
  return Buffer.concat([...segments, frame, Buffer.alloc(100)])
}

describe('imageSize', () => {
  it.each<[string, Buffer]>([
    ['PNG', png(640, 480)],
    ['GIF', gif(640, 480)],
    ['JPEG', jpeg(640, 480, 0)],
    ['JPEG with a large preview', jpeg(640, 480, 150_000)],
    ['WebP, lossy', webp('VP8 ', (bytes) => bytes.set([0x80, 0x02, 0xe0, 0x01], 26))],
    ['WebP, lossless', webp('VP8L', (bytes) => bytes.writeUInt32LE(639 | (479 << 14), 21))],
    ['WebP, extended', webp('VP8X', (bytes) => bytes.set([0x7f, 0x02, 0x00, 0xdf, 0x01, 0x00], 24))],
  ])('reads a %s', (_name, bytes) => {
    expect(imageSize(bytes.toString('base64'))).toEqual({ width: 640, height: 480 })
  })

  it('reads the head of a large image only', () => {
    const base64 = png(30_000, 20_000).toString('base64') + '!'.repeat(1_000)
    expect(imageSize(base64)).toEqual({ width: 30_000, height: 20_000 })
  })

  it.each<[string, Buffer]>([
    ['no image', Buffer.from('<svg width="10" height="10"/>'.repeat(4))],
    ['nothing', Buffer.alloc(0)],
    ['no width', png(0, 5)],
    ['a JPEG that ends early', jpeg(640, 480, 70_000).subarray(0, 65_000)],
    ['a JPEG whose size comes too late', jpeg(640, 480, 600_000)],
    ['a JPEG of fill bytes', Buffer.concat([Buffer.from('ffd8', 'hex'), Buffer.alloc(100_000, 0xff)])],
    ['a WebP of a kind that is not known', webp('VP9 ', () => {})],
  ])('does not guess at %s', (_name, bytes) => {
    expect(imageSize(bytes.toString('base64'))).toBeNull()
  })
})
