/**
 * The text form of a Pool API key: `sk-weir-` + 10 characters public id + `-` + 32 characters secret + 6 characters
 * checksum, all base62. The public id finds the key, the secret proves it, and the checksum tells a mistyped key from an
 * unknown one without a look-up. It protects nothing: anyone can compute it. An ephemeral token has the same form and
 * length and begins with `et-weir-`.
 */
import { hash, randomBytes } from 'node:crypto'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const PREFIX = 'sk-weir-'
/** As long as that of keys: everything behind it stands at the same place. */
const TOKEN_PREFIX = 'et-weir-'
const PUBLIC_ID_LENGTH = 10
const SECRET_LENGTH = 32
const CHECKSUM_LENGTH = 6
const BODY_END = PREFIX.length + PUBLIC_ID_LENGTH + 1 + SECRET_LENGTH
const CHECKSUM_RANGE = 62 ** CHECKSUM_LENGTH
/** The largest multiple of 62 in a byte: bytes from here on are thrown away, or some characters would come up more. */
const BYTE_LIMIT = 248
const FORM = /^(?:sk|et)-weir-[0-9A-Za-z]{10}-[0-9A-Za-z]{38}$/

export interface NewPoolKey {
  readonly publicId: string
  /** The whole key or token as the client sends it. Shown once, never stored. */
  readonly secret: string
  readonly hash: Buffer
}

export function randomBase62(length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length + 8)) {
      if (byte < BYTE_LIMIT && text.length < length) text += ALPHABET[byte % 62]
    }
  }
  return text
}

function checksumOf(body: string): string {
  // Hex, not a buffer: the string result is three times as fast, and this runs on every request.
  let rest = Number.parseInt(hash('sha256', body, 'hex').slice(0, 12), 16) % CHECKSUM_RANGE
  let text = ''
  for (let index = 0; index < CHECKSUM_LENGTH; index += 1) {
    text = ALPHABET.charAt(rest % 62) + text
    rest = Math.floor(rest / 62)
  }
  return text
}

/** A new key; with `publicId`, a new secret for an old one. */
export function createPoolKey(publicId: string = randomBase62(PUBLIC_ID_LENGTH)): NewPoolKey {
  return made(PREFIX, publicId)
}

export function createToken(): NewPoolKey {
  return made(TOKEN_PREFIX, randomBase62(PUBLIC_ID_LENGTH))
}

function made(prefix: string, publicId: string): NewPoolKey {
  const body = `${publicId}-${randomBase62(SECRET_LENGTH)}`
  const secret = prefix + body + checksumOf(body)
  return { publicId, secret, hash: hashPoolKey(secret) }
}

/** Whether a credential, or the prefix of one, is an ephemeral token's. */
export function isToken(text: string): boolean {
  return text.startsWith(TOKEN_PREFIX)
}

/** Form and checksum only: whether such a key or token exists is the directory's matter. */
export function parsePoolKey(text: string): { readonly publicId: string } | 'malformed' {
  if (!FORM.test(text)) return 'malformed'
  if (text.slice(BODY_END) !== checksumOf(text.slice(PREFIX.length, BODY_END))) return 'malformed'
  return { publicId: text.slice(PREFIX.length, PREFIX.length + PUBLIC_ID_LENGTH) }
}

/** Where the public id stands in a key or token, unchecked: for a look-up whose result is compared by hash anyway. */
export function publicIdOf(text: string): string {
  return text.slice(PREFIX.length, PREFIX.length + PUBLIC_ID_LENGTH)
}

/** What is stored of a key, and compared: SHA-256 of the whole text. */
export function hashPoolKey(text: string): Buffer {
  return Buffer.from(hash('sha256', text, 'hex'), 'hex')
}

/** What an operator sees of a key: enough to recognise it, useless as a credential. */
export function poolKeyPrefix(publicId: string): string {
  return PREFIX + publicId
}

/** The same of an ephemeral token. */
export function tokenPrefix(publicId: string): string {
  return TOKEN_PREFIX + publicId
}
