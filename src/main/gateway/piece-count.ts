/**
 * A lower bound of the tokens in a text, without a tokenizer: words, numbers and the like are counted at places where
 * no tokenizer in use lets one token reach across. It is at most what o200k or cl100k make of the text, whatever its
 * pieces, and is kept so coarse that vocabularies with whole HTML tags or long compounds stay above it too.
 */

/** Most letters in one token. The longest known: 41 Latin, 20 Thai, 16 Han. */
const MAX_LETTERS = 64
/** A Han, Kana or Hangul letter weighs as four: at most 16 of them are one token. */
const DENSE_WEIGHT = 4
const MAX_DIGITS = 3
/** Rulers and indentation: the longest known token of either has 128. */
const MAX_OTHER = 256

const UNKNOWN = 0
const LETTER = 1
const DENSE = 2
const DIGIT = 3
const BLANK = 4
const LINE_END = 5
const PUNCTUATION = 6
/** Belongs to what it follows: accents, vowel signs, variation selectors. */
const MARK = 7

const START = 0
const WORD = 1
const NUMBER = 2
const SPACE = 3
const SIGNS = 4

const APOSTROPHE = 0x27
const SLASH = 0x2f
const CLOSE_ANGLE = 0x3e
const BACKSLASH = 0x5c
const LOWER_U = 0x75

/** By UTF-16 unit, filled as units are met. Halves of a pair count as punctuation, which never counts for more. */
const kinds = new Uint8Array(65_536)

function kindOf(code: number): number {
  const known = kinds[code] as number
  if (known !== UNKNOWN) return known
  const kind = classify(String.fromCharCode(code))
  kinds[code] = kind
  return kind
}

function classify(char: string): number {
  if (/[\r\n]/.test(char)) return LINE_END
  if (/\s/.test(char)) return BLANK
  if (/\p{N}/u.test(char)) return DIGIT
  if (/\p{M}/u.test(char)) return MARK
  if (/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/u.test(char)) return DENSE
  return /\p{L}/u.test(char) ? LETTER : PUNCTUATION
}

/** Real owned state with a hot path: a class keeps it in one shape. Fed unit by unit, so it minds no chunk border. */
export class PieceCount {
  count = 0
  /** Of them, the words and numbers. */
  words = 0
  #run = START
  #weight = 0
  /** Of a run of space: whether a word or number stands before it, and what its last line begins with. */
  #isAfterWord = false
  #hasLineEnd = false
  #blanks = 0
  /** Of a run of signs: whether it counts when space follows. */
  #signsCount = false
  /** Of a run of signs that is one apostrophe behind a word: the word's weight, else -1. `don't` may be one token. */
  #heldWord = -1

  next(code: number): void {
    const kind = kindOf(code)
    if (kind === LETTER) this.#letter(1)
    else if (kind === DENSE) this.#letter(DENSE_WEIGHT)
    else if (kind === BLANK || kind === LINE_END) this.#space(kind === LINE_END)
    else if (kind === DIGIT) this.#digit()
    else if (kind === MARK && this.#run === WORD) this.#letter(1)
    else this.#sign(code)
  }

  #letter(weight: number): void {
    if (this.#run === SIGNS && this.#heldWord >= 0) {
      this.#run = WORD
      this.#weight = this.#heldWord + 1
    }
    if (this.#run !== WORD) {
      this.#begin(WORD)
      this.#weight = MAX_LETTERS
    }
    if (this.#grow(weight, MAX_LETTERS)) this.words++
  }

  #digit(): void {
    if (this.#run !== NUMBER) {
      this.#begin(NUMBER)
      this.#weight = MAX_DIGITS
    }
    if (this.#grow(1, MAX_DIGITS)) this.words++
  }

  #space(isLineEnd: boolean): void {
    if (this.#run !== SPACE) {
      // Signs before a letter may be one token with it, and `<td>` one token of its own.
      if (this.#run === SIGNS && this.#signsCount) this.count++
      this.#isAfterWord = this.#run === WORD || this.#run === NUMBER
      this.#hasLineEnd = false
      this.#blanks = 0
      this.#run = SPACE
      this.#weight = 0
    }
    if (isLineEnd) {
      // Behind a sign it may be one token with it.
      if (!this.#hasLineEnd && this.#isAfterWord) this.count++
      this.#hasLineEnd = true
      this.#blanks = 0
    } else this.#blanks++
    this.#grow(1, MAX_OTHER)
  }

  #sign(code: number): void {
    if (this.#run === SIGNS) {
      if (this.#heldWord >= 0) this.#signsCount = true
      this.#heldWord = -1
      if (code === CLOSE_ANGLE) this.#signsCount = false
    } else {
      // `;` and the `//` at the beginning of the next line may be one token.
      const isGlued = code === SLASH && this.#run === SPACE && this.#hasLineEnd && this.#blanks === 0
      const held = code === APOSTROPHE && this.#run === WORD ? this.#weight : -1
      this.#begin(SIGNS)
      this.#heldWord = held
      // An apostrophe alone may be one token with its word.
      this.#signsCount = code !== CLOSE_ANGLE && !isGlued && held < 0
    }
    this.#grow(1, MAX_OTHER)
  }

  #begin(run: number): void {
    // Two blanks or more at the beginning of a line are a token of their own. Behind a word the line end stands for both.
    if (this.#run === SPACE && this.#hasLineEnd && !this.#isAfterWord && this.#blanks > 1) this.count++
    this.#run = run
    this.#weight = 0
  }

  /** True where what the run has grown to is one token more at least. */
  #grow(weight: number, max: number): boolean {
    this.#weight += weight
    if (this.#weight <= max) return false
    this.count++
    this.#weight = weight
    return true
  }
}

/** What an escape sequence of one letter stands for; the others stand for themselves. */
const ESCAPED: ReadonlyMap<number, number> = new Map(
  [
    ['n', '\n'],
    ['r', '\r'],
    ['t', '\t'],
  ].map(([letter = '', char = '']) => [letter.charCodeAt(0), char.charCodeAt(0)]),
)
const UNICODE_DIGITS = 4

/**
 * The same for JSON that a model's tool call became. Many servers read a call in the model's own syntax and write the
 * JSON themselves, so only the words and numbers in it are the model's for certain.
 */
export class JsonPieceCount {
  readonly #pieces = new PieceCount()
  #isEscaped = false
  #skip = 0

  get count(): number {
    return this.#pieces.words
  }

  next(code: number): void {
    if (this.#skip > 0) this.#skip--
    else if (!this.#isEscaped) {
      if (code === BACKSLASH) this.#isEscaped = true
      else this.#pieces.next(code)
    } else {
      this.#isEscaped = false
      // A character by its number may be part of a word: it neither counts nor ends one.
      if (code === LOWER_U) this.#skip = UNICODE_DIGITS
      else this.#pieces.next(ESCAPED.get(code) ?? code)
    }
  }
}
