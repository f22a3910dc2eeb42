/** Determinism: everything that looks random in an answer grows from a hash of the request. */
import { createHash } from 'node:crypto'

export function hashOf(...parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex')
}

/** The mulberry32 generator: numbers in [0, 1), the same for the same seed on every machine. */
export function createRandom(seed: string): () => number {
  let state = Number.parseInt(seed.slice(0, 8), 16)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const wordList = (
  'water river weir gate level flow stone bank bridge current channel basin spring rain lake shore reed mill ' +
  'wheel tide harbour delta meadow willow heron trout pebble sluice lock barge anchor rope sail wind cloud valley'
).split(' ')

/** `count` pieces of text that join to a sentence: each but the first brings its own blank. */
export function wordsOf(seed: string, count: number): string[] {
  const random = createRandom(seed)
  return Array.from({ length: count }, (_, index) => {
    const word = wordList[Math.floor(random() * wordList.length)] ?? 'water'
    return index === 0 ? word : ` ${word}`
  })
}

/** Text cut at its blanks, so that the pieces join to the same text again. */
export function piecesOf(text: string): string[] {
  return text.match(/\s*\S+(?:\s+$)?/g) ?? [text]
}
