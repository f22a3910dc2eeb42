/** A valid picture: a few pixels of one colour. */
import { crc32, deflateSync } from 'node:zlib'

const SIDE = 8
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  body.copy(framed, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}

/** `seed` begins with six hex digits: its colour. */
export function pictureOf(seed: string): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(SIDE, 0)
  header.writeUInt32BE(SIDE, 4)
  // 8 bits each of red, green and blue.
  header.set([8, 2], 8)
  const pixel = Buffer.from(seed.slice(0, 6), 'hex')
  const row = Buffer.concat([Buffer.alloc(1), ...Array.from({ length: SIDE }, () => pixel)])
  const pixels = Buffer.concat(Array.from({ length: SIDE }, () => row))
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}
