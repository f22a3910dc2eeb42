import fc from 'fast-check'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, it } from 'vitest'
import { countText, MAX_PIECE, MAX_RUN, pieces } from './tokenizer.ts'

const MIB = 1_048_576
const asText = { disallowedSpecial: new Set<string>() }
const letters = (count: number) => {
  // A fixed sequence that looks random, so that a failure can be seen again.
  let state = 1
  return Array.from({ length: count }, () => {
    state = (state * 48_271) % 2_147_483_647
    return String.fromCharCode(97 + (state % 26))
  }).join('')
}

describe('countText', () => {
  // Published in OpenAI's cookbook, "How to count tokens with tiktoken", for o200k_base.
  it.each([
    ['antidisestablishmentarianism', 6],
    ['2 + 2 = 4', 7],
    ['お誕生日おめでとう', 8],
  ])('counts %s as published', (text, tokens) => {
    expect(countText(text)).toBe(tokens)
  })

  it('counts like the unbounded pattern wherever no run is longer than the bound', () => {
    const word = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom("it's", 'THE', ' ', '\n\n', '\r\n\t', '    ', '12345', 'foo.bar()', '—', '日本語', '/\n/'),
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), (words) => {
        const text = words.join('').slice(0, MAX_RUN)
        expect(countText(text)).toBe(countTokens(text, asText))
      }),
      { numRuns: 2_000 },
    )
  })

  it('takes control tokens as the text that they are', () => {
    expect(countText('<|endoftext|>')).toBe(countTokens('<|endoftext|>', asText))
    expect(countText('<|endoftext|>')).toBeGreaterThan(1)
  })

  const hostile: [string, string][] = [
    ['one letter', 'a'.repeat(MIB)],
    ['one capital', 'A'.repeat(MIB)],
    ['spaces', ' '.repeat(MIB)],
    ['spaces before a word', `${' '.repeat(MIB)}x`],
    ['newlines', '\n'.repeat(MIB)],
    ['dashes', '-'.repeat(MIB)],
    ['slashes and newlines', `!${'/\n'.repeat(MIB / 2)}`],
    ['random letters', letters(MIB)],
    [
      'random base64',
      Buffer.from(letters(MIB * 2), 'latin1')
        .toString('base64')
        .slice(0, MIB),
    ],
    ['ideographs', '語'.repeat(MIB / 4)],
    ['marks on one letter', `a${'\u0301'.repeat(MIB / 4)}`],
    ['emoji', '👩‍👩‍👧'.repeat(MIB / 8)],
    ['lone surrogates', '\ud800'.repeat(MIB / 4)],
  ]

  // Merging a piece takes work by the square of its length, so this bounds the work whatever the machine.
  it.each(hostile)('cuts 1 MB of %s into bounded pieces and loses nothing', (_name, text) => {
    let longest = 0
    let total = 0
    for (const [piece] of text.matchAll(pieces)) {
      longest = Math.max(longest, piece.length)
      total += piece.length
    }
    expect(longest).toBeLessThanOrEqual(MAX_PIECE)
    expect(total).toBe(text.length)
  })

  it.each(hostile)('counts %s, never more than its bytes', (name, text) => {
    const isShownWhole = ['one letter', 'spaces', 'random base64'].includes(name)
    const some = isShownWhole ? text : text.slice(0, MIB / 8)
    const tokens = countText(some)
    expect(tokens).toBeGreaterThan(some.length / 256)
    expect(tokens).toBeLessThanOrEqual(Buffer.byteLength(some))
  })

  it.each(hostile)('is within 0.5 % of the unbounded count for %s', (_name, text) => {
    // The unbounded count of more would take minutes.
    const some = text.slice(0, 8_000)
    const exact = countTokens(some, asText)
    expect(Math.abs(countText(some) - exact)).toBeLessThanOrEqual(Math.ceil(exact * 0.005))
  })
})
