import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinParts, layOut, MAX_ITEM_BYTES, readHead, splitByBytes } from './chunks.ts'

/** Every code point, NUL included. */
const anyText = fc.string({ unit: 'binary', maxLength: 400 })
const longText = fc.tuple(anyText, fc.integer({ min: 1, max: 40 })).map(([text, times]) => text.repeat(times))

function readBack({ head, parts }: ReturnType<typeof layOut>): string | null {
  const read = readHead(head)
  if (read === null) return null
  return 'value' in read ? read.value : joinParts(parts, read.sha256)
}

describe('chunks', () => {
  it('gives back any value exactly', () => {
    fc.assert(
      fc.property(longText, (text) => {
        expect(readBack(layOut(text, 1))).toBe(text)
      }),
    )
    for (const text of ['', '\0', '\uD800', 'a\0b\uDC00'.repeat(2_000)]) expect(readBack(layOut(text, 1))).toBe(text)
  })

  it('keeps every item within the bound and free of NUL', () => {
    fc.assert(
      fc.property(longText, (text) => {
        const { head, parts } = layOut(text, 1)
        for (const item of [head, ...parts]) {
          expect(Buffer.byteLength(item)).toBeLessThanOrEqual(MAX_ITEM_BYTES)
          expect(item).not.toContain('\0')
          expect(item).not.toBe('')
        }
      }),
    )
  })

  it('never cuts inside a code point', () => {
    const text = 'aé漢😀'.repeat(50)
    for (const maxBytes of [4, 5, 6, 7, 11, 100]) {
      const parts = splitByBytes(text, maxBytes)
      expect(parts.join('')).toBe(text)
      for (const part of parts) expect(part.isWellFormed()).toBe(true)
    }
  })

  it('uses one item for a short value and an index for a long one', () => {
    expect(layOut('short', 1).parts).toEqual([])
    const long = layOut('x'.repeat(6_000), 7)
    expect(long.parts).toHaveLength(4)
    expect(readHead(long.head)).toMatchObject({ generation: 7, count: 4 })
  })

  it('refuses parts that do not belong together', () => {
    const { head, parts } = layOut('x'.repeat(6_000), 1)
    const index = readHead(head)
    if (index === null || !('sha256' in index)) throw new Error('expected an index')
    expect(joinParts([...parts.slice(0, -1), layOut('y'.repeat(6_000), 1).parts.at(-1) ?? ''], index.sha256)).toBeNull()
    expect(joinParts(parts.slice(1), index.sha256)).toBeNull()
  })

  it('does not take what another program wrote for its own', () => {
    for (const text of [
      '',
      'hunter2',
      '{}',
      '{"weir":2,"value":"x"}',
      '{"weir":1,"generation":1,"count":9999,"sha256":""}',
    ]) {
      expect(readHead(text)).toBeNull()
    }
  })
})
