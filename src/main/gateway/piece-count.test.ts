import fc from 'fast-check'
import ranks from 'gpt-tokenizer/bpeRanks/o200k_base'
import { countTokens as countCl100k } from 'gpt-tokenizer/encoding/cl100k_base'
import { countTokens as countO200k } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, it } from 'vitest'
import { JsonPieceCount, PieceCount } from './piece-count.ts'

function counted(count: PieceCount | JsonPieceCount, text: string): number {
  for (let at = 0; at < text.length; at++) count.next(text.charCodeAt(at))
  return count.count
}

const floor = (text: string): number => counted(new PieceCount(), text)
const jsonFloor = (text: string): number => counted(new JsonPieceCount(), text)
const asText = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() }

/** Every token of o200k that is text by itself, those that are hard to tell apart more often. */
const vocabulary = ranks
  .map((token) => (typeof token === 'string' ? token : Buffer.from(token).toString()))
  .filter((token) => !token.includes('\uFFFD'))
const pools = [
  vocabulary,
  ...[
    /^\s+$/,
    /\n/,
    /'/,
    /\//,
    />/,
    /^[^\p{L}\p{N}]+$/u,
    /^.{1,2}$/su,
    /^\p{L}{15,}$/u,
    /\p{sc=Han}/u,
    /\p{M}/u,
    /^\p{N}+$/u,
  ].map((pattern) => vocabulary.filter((token) => pattern.test(token))),
]
const token = fc.oneof(...pools.map((pool) => fc.nat({ max: pool.length - 1 }).map((at) => pool[at] as string)))
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom(...' \t\n\r\'".,;:()<>/\\aZé水かﾊ한ก़0٣½😀\u200D\uFE0F\u0301'), { maxLength: 60 })
    .map((all) => all.join('')),
  fc.array(token, { maxLength: 20 }).map((all) => all.join('')),
)

const prose = `The gateway reads the head of an answer, and then, as long as nothing is wrong, it passes the bytes on.
It doesn't hold them back: a client that waits for the first word shouldn't wait for the last. What was said in
2026 (or earlier) still counts; a stream that goes beyond its cap gets an end of its own.\n`.repeat(20)
const html = '<table>\n  <tr><td>One</td><td>Two words</td></tr>\n</table>\n'

describe('piece-count', () => {
  it.each([
    ['', 0],
    ['Hello, world!', 3],
    ['Hello, world!\n', 4],
    ["I don't know", 3],
    ['12345', 2],
    ['a = b + c\n', 6],
    ['one\n\ntwo', 3],
    ['{\n    x: 1;\n    y: 2;\n}\n', 12],
    ['水门'.repeat(16), 2],
    ['a'.repeat(65), 2],
    [' '.repeat(300), 1],
    // One token each for a vocabulary that has the tags.
    ['<tr><td>One</td></tr>', 5],
  ])('counts what is a token for certain: %j', (sample, expected) => {
    expect(floor(sample)).toBe(expected)
  })

  it.each([
    ['{"path":"src/a.ts","size":12345}', 7],
    [String.raw`{"text":"one\n\ttwo \"three\""}`, 4],
    // The model wrote "naïve" and the server its number.
    [String.raw`{"text":"na\u00efve"}`, 2],
  ])('counts words and numbers alone in arguments: %s', (sample, expected) => {
    expect(jsonFloor(sample)).toBe(expected)
  })

  it('counts no more than any tokens that make up the text', () => {
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
        expect(floor(tokens.join(''))).toBeLessThanOrEqual(tokens.length)
      }),
      { numRuns: 20_000 },
    )
  })

  it('counts no more than real tokenizers, whatever the text', () => {
    fc.assert(
      fc.property(text, (sample) => {
        const count = floor(sample)
        expect(count).toBeLessThanOrEqual(countO200k(sample, asText))
        expect(count).toBeLessThanOrEqual(countCl100k(sample, asText))
      }),
      { numRuns: 5_000 },
    )
  })

  it('counts no more in arguments than the model wrote in another syntax', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), (values) => {
        const json = JSON.stringify(Object.fromEntries(values.map((value, at) => [`k${at}`, value])))
        const ascii = json.replaceAll(
          /[\u0080-\uFFFF]/g,
          (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
        )
        const written = values.map((value, at) => `<k${at}>\n${value}\n</k${at}>`).join('\n')
        expect(jsonFloor(json)).toBeLessThanOrEqual(countO200k(written, asText))
        expect(jsonFloor(ascii)).toBeLessThanOrEqual(countO200k(written, asText))
      }),
      { numRuns: 5_000 },
    )
  })

  it('comes close to the real count of usual text', () => {
    expect(floor(prose) / countO200k(prose)).toBeGreaterThan(0.85)
    expect(floor(html) / countO200k(html)).toBeGreaterThan(0.45)
    const code = `${floor.toString()}\n${counted.toString()}\n`.repeat(5)
    expect(floor(code) / countO200k(code)).toBeGreaterThan(0.6)
  })
})
