/** Width and height of an image from the head of its base64, without decoding the rest. */
import type { ImageSize } from './image-price.ts'

/** Characters of base64. Every format but JPEG has its size in the first bytes. */
const HEAD_CHARS = 64
/** A JPEG may carry a preview and colour profiles before its size. */
const JPEG_CHARS = 524_288

/** Null when the format is none of PNG, JPEG, GIF, WebP, or the size is not where it should be. `base64` in full. */
export function imageSize(base64: string): ImageSize | null {
  const head = Buffer.from(base64.slice(0, HEAD_CHARS), 'base64')
  const size = headSize(head) ?? (isJpeg(head) ? jpegSize(Buffer.from(base64.slice(0, JPEG_CHARS), 'base64')) : null)
  return size !== null && size.width > 0 && size.height > 0 ? size : null
}

function headSize(head: Buffer): ImageSize | null {
  if (head.length < 30) return null
  if (head.toString('latin1', 0, 8) === '\x89PNG\r\n\x1a\n') {
    return { width: head.readUInt32BE(16), height: head.readUInt32BE(20) }
  }
  if (/^GIF8[79]a$/.test(head.toString('latin1', 0, 6))) {
    return { width: head.readUInt16LE(6), height: head.readUInt16LE(8) }
  }
  if (head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP') return webpSize(head)
  return null
}

function webpSize(head: Buffer): ImageSize | null {
  switch (head.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff }
    case 'VP8L': {
      const bits = head.readUInt32LE(21)
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8X':
      return { width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 }
    default:
      return null
  }
}

function isJpeg(head: Buffer): boolean {
  return head[0] === 0xff && head[1] === 0xd8
}

/** Walks the segments to the start of frame. */
function jpegSize(bytes: Buffer): ImageSize | null {
  let at = 2
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0
    // All of C0 to CF start a frame but the tables C4, C8 and CC.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) }
    }
    // A fill byte stands alone; every other segment says its length.
    at += marker === 0xff ? 1 : 2 + Math.max(2, bytes.readUInt16BE(at + 2))
  }
  return null
}
