/** The files that a body refers to, found in its bytes: whoever sends no files pays two native searches, and no parse. */

const FIELD = Buffer.from('"file_id"')
/** Codex puts its files in as addresses. */
const SCHEME = Buffer.from('sediment://')
/** More of them are the upstream's to judge. */
const MAX_FILES = 100
const MAX_ID = 200
const BLANK = 0x20
const COLON = 0x3a
const QUOTE = 0x22

/** In a text of the client's, its quotes would be escaped: what is found is a field, or looks like Codex's address. */
export function fileIdsOf(body: Buffer): ReadonlySet<string> {
  const ids = new Set<string>()
  for (let at = body.indexOf(FIELD); at >= 0 && ids.size < MAX_FILES; at = body.indexOf(FIELD, at + 1)) {
    let start = skipBlanks(body, at + FIELD.length)
    if (body[start] !== COLON) continue
    start = skipBlanks(body, start + 1)
    if (body[start] === QUOTE) add(ids, body, start + 1)
  }
  for (let at = body.indexOf(SCHEME); at >= 0 && ids.size < MAX_FILES; at = body.indexOf(SCHEME, at + 1)) {
    add(ids, body, at + SCHEME.length)
  }
  return ids
}

function add(ids: Set<string>, body: Buffer, start: number): void {
  const [id] = /^[\w.-]+/.exec(body.toString('latin1', start, start + MAX_ID)) ?? []
  if (id !== undefined) ids.add(id)
}

function skipBlanks(body: Buffer, from: number): number {
  let at = from
  while ((body[at] ?? QUOTE) <= BLANK) at++
  return at
}
