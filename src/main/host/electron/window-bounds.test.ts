import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeTempDir } from '../../../../test/support/temp-dir.ts'
import { fitBounds, readBounds, writeBounds } from './window-bounds.ts'

const primary = { x: 0, y: 25, width: 1_440, height: 875 }
const right = { x: 1_440, y: 0, width: 1_920, height: 1_080 }
const saved = { x: 100, y: 60, width: 1_000, height: 700, maximized: false }

describe('the place of the window', () => {
  it('is kept where it can be seen, on any display', () => {
    expect(fitBounds(saved, [primary])).toEqual(saved)
    expect(fitBounds({ ...saved, x: 2_000 }, [primary, right])).toEqual({ ...saved, x: 2_000 })
  })

  it.each([
    ['on a display that is gone', { x: 2_000 }],
    ['left of everything', { x: -990 }],
    ['above the upper edge', { y: -5 }],
    ['below the lower edge', { y: 890 }],
  ])('is the middle of the primary display when it was %s', (_where, moved) => {
    expect(fitBounds({ ...saved, ...moved }, [primary])).toEqual({ width: 1_000, height: 700, maximized: false })
  })

  it('is made to fit the display, and never too small to work in', () => {
    expect(fitBounds({ ...saved, width: 3_000, height: 2_000 }, [primary])).toMatchObject({ width: 1_440, height: 875 })
    expect(fitBounds({ ...saved, width: 10, height: -4 }, [primary])).toMatchObject({ width: 900, height: 600 })
    expect(fitBounds(null, [{ x: 0, y: 0, width: 800, height: 500 }])).toMatchObject({ width: 900, height: 600 })
    expect(fitBounds(null, [])).toEqual({ width: 1_280, height: 800, maximized: false })
  })

  it('is written and read again', () => {
    const file = join(makeTempDir('bounds'), 'bounds.json')
    writeBounds(file, saved, true)
    expect(readBounds(file, [primary])).toEqual({ ...saved, maximized: true })
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ ...saved, maximized: true })
  })

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{"x":1}',
    '{"x":"1","y":0,"width":1,"height":1}',
    '{"x":1e99,"y":0,"width":1,"height":1}',
  ])('is the usual one when the file holds %j', (text) => {
    const file = join(makeTempDir('bounds'), 'bounds.json')
    writeFileSync(file, text)
    expect(readBounds(file, [right])).toEqual({ width: 1_280, height: 800, maximized: false })
  })
})
