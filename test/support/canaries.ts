/**
 * Markers to plant where a secret or a prompt goes, and a search for them in everything that was written: as they are, and
 * in the forms a program may have turned them into. A file is read in pieces that overlap, so size does not matter.
 */
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readSync, statSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

export type Canaries<Name extends string = string> = Readonly<Record<Name, string>>

export interface CanaryHit {
  readonly path: string
  readonly name: string
  /** `plain`, `json`, `hex` … or `path` when the file's own name holds it. */
  readonly form: string
  readonly offset: number
}

/** Printable ASCII without blanks, so that each may stand for an API key or a header value as well as for text. */
export function plantCanaries<const Name extends string>(...names: readonly Name[]): Canaries<Name> {
  const planted = names.map((name) => [name, `canary-${name}-${randomBytes(12).toString('hex')}`])
  return Object.fromEntries(planted) as Canaries<Name>
}

export function findCanaries(paths: readonly string[], canaries: Canaries): CanaryHit[] {
  const needles = Object.entries(canaries).flatMap(([name, text]) => formsOf(name, text))
  return paths.flatMap((path) => searchPath(path, needles))
}

/** The same search in something that is not a file: an answer, a log captured in memory. */
export function findCanariesIn(bytes: Buffer | string, canaries: Canaries, path: string = 'memory'): CanaryHit[] {
  return canarySearch(canaries)(bytes, path)
}

/** The same, for many texts: what is looked for is put into its forms once. */
export function canarySearch(canaries: Canaries): (bytes: Buffer | string, path: string) => CanaryHit[] {
  const needles = Object.entries(canaries).flatMap(([name, text]) => formsOf(name, text))
  return (bytes, path) => {
    const buffer = Buffer.from(bytes)
    return needles.flatMap((needle) => hitAt(path, needle, buffer.indexOf(needle.bytes)))
  }
}

interface Needle {
  readonly name: string
  readonly form: string
  readonly bytes: Buffer
}

function formsOf(name: string, text: string): Needle[] {
  const bytes = Buffer.from(text)
  const forms: [string, string | Buffer][] = [
    ['plain', text],
    ['utf16', Buffer.from(text, 'utf16le')],
    ['hex', bytes.toString('hex')],
    ['hex', bytes.toString('hex').toUpperCase()],
    ['json', JSON.stringify(text).slice(1, -1)],
    ['json', [...text].map((character) => escapeUnits(character)).join('')],
    ['url', encodeURIComponent(text)],
    ...base64Forms(bytes).map((form): [string, string] => ['base64', form]),
    ...base64Forms(bytes).map((form): [string, string] => ['base64', form.replaceAll('+', '-').replaceAll('/', '_')]),
  ]
  const seen = new Set<string>()
  return forms
    .map(([form, value]) => ({ name, form, bytes: Buffer.from(value) }))
    .filter((needle) => {
      const key = needle.bytes.toString('latin1')
      return !seen.has(key) && seen.add(key)
    })
}

function escapeUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('')
}

/** In the middle of a longer base64 text the bytes may start at any of three places; the characters they share go. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
    const tail = (shift + bytes.length) % 3
    return text.slice([0, 2, 3][shift], tail === 0 ? undefined : tail === 1 ? -3 : -2)
  })
}

function searchPath(path: string, needles: readonly Needle[]): CanaryHit[] {
  const named = needles.flatMap((needle) =>
    path.includes(needle.bytes.toString()) ? [{ ...needle, form: 'path' }] : [],
  )
  const hits = named.flatMap((needle) => hitAt(path, needle, 0))
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats?.isDirectory() === true) {
    return [...hits, ...readdirSync(path).flatMap((name) => searchPath(join(path, name), needles))]
  }
  // Sockets and pipes hold nothing; a file that vanished meanwhile neither.
  return stats?.isFile() === true ? [...hits, ...searchFile(path, needles)] : hits
}

const PIECE_BYTES = 4 * 1024 * 1024

function searchFile(path: string, needles: readonly Needle[]): CanaryHit[] {
  const overlap = Math.max(...needles.map((needle) => needle.bytes.length))
  const left = new Set(needles)
  const hits: CanaryHit[] = []
  const buffer = Buffer.alloc(PIECE_BYTES + overlap)
  const file = openSync(path, 'r')
  try {
    for (let position = 0; ; position += PIECE_BYTES) {
      const length = readSync(file, buffer, 0, buffer.length, position)
      const piece = buffer.subarray(0, length)
      for (const needle of left) {
        const at = piece.indexOf(needle.bytes)
        if (at === -1) continue
        hits.push(...hitAt(path, needle, position + at))
        left.delete(needle)
      }
      if (length <= PIECE_BYTES) return hits
    }
  } finally {
    closeSync(file)
  }
}

function hitAt(path: string, { name, form }: Needle, offset: number): CanaryHit[] {
  return offset === -1 ? [] : [{ path, name, form, offset }]
}
