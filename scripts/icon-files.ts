/**
 * The two containers that Windows and macOS want their icons in. Both are a table followed by whole PNG files, one per
 * size, so nothing has to be drawn or compressed anew.
 */

export interface Picture {
  /** Width and height in pixels. */
  readonly size: number
  readonly png: Buffer
}

/** By size, the types under which macOS looks for it: as itself, and as the sharp form of half the size. */
const ICNS_TYPES: Readonly<Record<number, readonly string[]>> = {
  16: ['icp4'],
  32: ['icp5', 'ic11'],
  64: ['icp6', 'ic12'],
  128: ['ic07'],
  256: ['ic08', 'ic13'],
  512: ['ic09', 'ic14'],
  1024: ['ic10'],
}

const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
const ICO_HEADER = 6
const ICO_ENTRY = 16
const ICNS_HEAD = 8

export function writeIco(pictures: readonly Picture[]): Buffer {
  const header = Buffer.alloc(ICO_HEADER)
  header.writeUInt16LE(1, 2)
  header.writeUInt16LE(pictures.length, 4)
  let offset = ICO_HEADER + ICO_ENTRY * pictures.length
  const entries = pictures.map(({ size, png }) => {
    const entry = Buffer.alloc(ICO_ENTRY)
    // One byte holds the size; 256, the largest there is, is written as 0.
    entry.writeUInt8(size % 256, 0)
    entry.writeUInt8(size % 256, 1)
    entry.writeUInt16LE(1, 4)
    entry.writeUInt16LE(32, 6)
    entry.writeUInt32LE(png.length, 8)
    entry.writeUInt32LE(offset, 12)
    offset += png.length
    return entry
  })
  return Buffer.concat([header, ...entries, ...pictures.map(({ png }) => png)])
}

export function readIco(file: Buffer): Picture[] {
  return Array.from({ length: file.readUInt16LE(4) }, (_, index) => {
    const entry = ICO_HEADER + ICO_ENTRY * index
    const offset = file.readUInt32LE(entry + 12)
    const png = file.subarray(offset, offset + file.readUInt32LE(entry + 8))
    return { size: file.readUInt8(entry) || 256, png }
  })
}

export function writeIcns(pictures: readonly Picture[]): Buffer {
  const parts = pictures.flatMap(({ size, png }) =>
    (ICNS_TYPES[size] ?? []).map((type) => Buffer.concat([icnsHead(type, png.length), png])),
  )
  const body = Buffer.concat(parts)
  return Buffer.concat([icnsHead('icns', body.length), body])
}

export function readIcns(file: Buffer): { readonly type: string; readonly png: Buffer }[] {
  const parts: { type: string; png: Buffer }[] = []
  for (let at = ICNS_HEAD; at < file.length;) {
    const end = at + file.readUInt32BE(at + 4)
    parts.push({ type: file.toString('latin1', at, at + 4), png: file.subarray(at + ICNS_HEAD, end) })
    at = end
  }
  return parts
}

/** A length includes the eight bytes of its own head. */
function icnsHead(type: string, length: number): Buffer {
  const head = Buffer.alloc(ICNS_HEAD)
  head.write(type, 'latin1')
  head.writeUInt32BE(length + ICNS_HEAD, 4)
  return head
}

/** Width and height as a PNG states them itself. */
export function pngSize(png: Buffer): { readonly width: number; readonly height: number } {
  if (!png.subarray(0, 8).equals(PNG_SIGNATURE)) throw new Error('not a PNG file')
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) }
}
