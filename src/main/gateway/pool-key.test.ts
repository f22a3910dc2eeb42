import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createPoolKey,
  createToken,
  hashPoolKey,
  isToken,
  parsePoolKey,
  poolKeyPrefix,
  publicIdOf,
  randomBase62,
  tokenPrefix,
} from './pool-key.ts'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

describe('pool-key', () => {
  it('makes keys of the documented form that parse back to their public id', () => {
    for (let count = 0; count < 200; count += 1) {
      const key = createPoolKey()
      expect(key.secret).toMatch(/^sk-weir-[0-9A-Za-z]{10}-[0-9A-Za-z]{38}$/)
      expect(parsePoolKey(key.secret)).toEqual({ publicId: key.publicId })
      expect(key.secret.startsWith(`${poolKeyPrefix(key.publicId)}-`)).toBe(true)
    }
  })

  it('makes tokens of the same length that are told from keys by their beginning', () => {
    const [key, token] = [createPoolKey(), createToken()]
    expect(token.secret).toMatch(/^et-weir-[0-9A-Za-z]{10}-[0-9A-Za-z]{38}$/)
    expect([parsePoolKey(token.secret), publicIdOf(token.secret)]).toEqual([
      { publicId: token.publicId },
      token.publicId,
    ])
    expect(token.secret.startsWith(`${tokenPrefix(token.publicId)}-`)).toBe(true)
    expect([isToken(token.secret), isToken(tokenPrefix('x')), isToken(key.secret)]).toEqual([true, true, false])
    expect(hashPoolKey(token.secret).equals(token.hash)).toBe(true)
  })

  it('hashes the whole text with SHA-256', () => {
    const key = createPoolKey()
    const expected = createHash('sha256').update(key.secret).digest()
    expect(key.hash.equals(expected)).toBe(true)
    expect(hashPoolKey(key.secret).equals(expected)).toBe(true)
  })

  it('keeps a given public id and changes everything secret', () => {
    const first = createPoolKey()
    const second = createPoolKey(first.publicId)
    expect(second.publicId).toBe(first.publicId)
    expect(second.secret).not.toBe(first.secret)
    expect(parsePoolKey(second.secret)).toEqual({ publicId: first.publicId })
  })

  it('finds every change of a single character', () => {
    const { secret } = createPoolKey()
    for (let at = 0; at < secret.length; at += 1) {
      for (const character of `${ALPHABET}-_ é`) {
        if (character === secret[at]) continue
        expect(parsePoolKey(secret.slice(0, at) + character + secret.slice(at + 1))).toBe('malformed')
      }
    }
  })

  it('finds two neighbours that changed places, a lost character and an added one', () => {
    fc.assert(
      fc.property(fc.nat({ max: 55 }), fc.constantFrom(...ALPHABET), (at, extra) => {
        const { secret } = createPoolKey()
        const swapped = secret.slice(0, at) + secret.charAt(at + 1) + secret.charAt(at) + secret.slice(at + 2)
        fc.pre(swapped !== secret)
        expect(parsePoolKey(swapped)).toBe('malformed')
        expect(parsePoolKey(secret.slice(0, at) + secret.slice(at + 1))).toBe('malformed')
        expect(parsePoolKey(secret.slice(0, at) + extra + secret.slice(at))).toBe('malformed')
      }),
    )
  })

  it('takes any text without throwing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        expect(parsePoolKey(text)).toBe('malformed')
        expect(parsePoolKey(`sk-weir-${text}`)).toBe('malformed')
      }),
    )
  })

  it('draws every character about equally often', () => {
    const drawn = randomBase62(620_000)
    const counts = new Map<string, number>()
    for (const character of drawn) counts.set(character, (counts.get(character) ?? 0) + 1)
    expect([...counts.keys()].sort().join('')).toBe(ALPHABET)
    // 10,000 expected, deviation 100: a modulo bias would give the first eight characters 2,000 more.
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(800)
  })
})
