/**
 * The o200k_base vocabulary, cut into tokens within bounds. Importing this takes a fifth of a second and some 70 MB:
 * only the counting thread does.
 */
import { BytePairEncodingCore } from 'gpt-tokenizer/BytePairEncodingCore'
import ranks from 'gpt-tokenizer/bpeRanks/o200k_base'

/**
 * Merging pairs takes time by the square of a piece's length, and the published pattern knows no longest piece: one run
 * of 1 MB of the letter a would take hours. Here a longer run is cut, which costs a token now and then: see docs/limits.md.
 */
export const MAX_RUN = 256

/** No piece is longer: a sign before it, two runs, a contraction behind it. UTF-16 units; a rune may be two. */
export const MAX_PIECE = 2 * (2 * MAX_RUN + 4)

/** The pattern of o200k_base with an upper bound on each repetition; the same pieces for every run up to it. */
export const pieces: RegExp = (() => {
  const upper = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`
  const lower = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`
  const sign = String.raw`[^\r\n\p{L}\p{N}]?`
  const contraction = `(?:'(?:[sS]|[dD]|[mM]|[tT]|[lL][lL]|[vV][eE]|[rR][eE]))?`
  const kinds = [
    `${sign}${upper}{0,${MAX_RUN}}${lower}{1,${MAX_RUN}}${contraction}`,
    `${sign}${upper}{1,${MAX_RUN}}${lower}{0,${MAX_RUN}}${contraction}`,
    String.raw`\p{N}{1,3}`,
    String.raw` ?[^\s\p{L}\p{N}]{1,${MAX_RUN}}[\r\n/]{0,${MAX_RUN}}`,
    String.raw`\s{0,${MAX_RUN}}[\r\n]{1,${MAX_RUN}}`,
    String.raw`\s{1,${MAX_RUN}}(?!\S)`,
    String.raw`\s{1,${MAX_RUN}}`,
  ]
  return new RegExp(kinds.join('|'), 'gu')
})()

// No cache of pieces: it would keep words of prompts in memory.
const core = new BytePairEncodingCore({ bytePairRankDecoder: ranks, tokenSplitRegex: pieces, mergeCacheSize: 0 })

/** Tokens of a text. What looks like a control token, `<|endoftext|>`, is text here as it is at the provider. */
export function countText(text: string): number {
  return core.countNative(text)
}
