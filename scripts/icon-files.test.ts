import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pngSize, readIcns, readIco, writeIcns, writeIco } from './icon-files.ts'

const build = join(import.meta.dirname, '..', 'build')
const SIZES = [16, 24, 32, 48, 64, 128, 256, 512, 1024]

function png(size: number): Buffer {
  return readFileSync(join(build, 'icons', `${size}x${size}.png`))
}

describe('icon-files', () => {
  const pictures = SIZES.map((size) => ({ size, png: png(size) }))

  it('has each picture in the size that its name says', () => {
    expect(readdirSync(join(build, 'icons')).toSorted()).toEqual(SIZES.map((size) => `${size}x${size}.png`).toSorted())
    for (const size of SIZES) expect(pngSize(png(size))).toEqual({ width: size, height: size })
  })

  it('has written the committed icon of Windows from these pictures, the smallest to 256', () => {
    const file = readFileSync(join(build, 'icon.ico'))
    expect(readIco(file)).toEqual(pictures.filter(({ size }) => size <= 256))
    expect(file.equals(writeIco(readIco(file)))).toBe(true)
  })

  it('has written the committed icon of macOS from these pictures, each type with the size it stands for', () => {
    const file = readFileSync(join(build, 'icon.icns'))
    expect(file.equals(writeIcns(pictures))).toBe(true)
    expect(file.readUInt32BE(4)).toBe(file.length)
    const sizes = Object.fromEntries(readIcns(file).map(({ type, png: picture }) => [type, pngSize(picture).width]))
    expect(sizes).toEqual({
      icp4: 16,
      icp5: 32,
      ic11: 32,
      icp6: 64,
      ic12: 64,
      ic07: 128,
      ic08: 256,
      ic13: 256,
      ic09: 512,
      ic14: 512,
      ic10: 1024,
    })
  })

  it('has put the same drawing where the interface shows it', () => {
    const shown = readFileSync(join(build, '..', 'src', 'renderer', 'public', 'icon.svg'), 'utf8')
    expect(shown).toBe(readFileSync(join(build, 'icon.svg'), 'utf8'))
  })

  it('refuses what is not a PNG', () => {
    expect(() => pngSize(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))).toThrow('not a PNG')
  })
})
