/**
 * Sign-in tokens and sessions of the operator surface. Only SHA-256 hashes are kept, in memory: a restart signs everybody
 * out, and nothing that leaks from here opens anything. Both sets are bounded; the oldest goes first.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const LINK_LIFETIME_MS = 15 * 60_000
/** Plenty, as every `weir status` mints one: a script that polls must not push the operator's own link out. */
const MAX_LINKS = 1_000
const MAX_SESSIONS = 200

interface Held {
  readonly hash: Buffer
  readonly since: number
}

export interface SignIns {
  mintLink(): string
  /** True once per token, and only within its lifetime. */
  takeLink(token: string): boolean
  openSession(): string
  /** The session's name, which is not a credential; null when there is no such session. */
  sessionOf(token: string): string | null
  isOpen(sessionName: string): boolean
  closeSession(token: string): void
}

export function createSignIns(deps: { now: () => number; sessionMs: () => number }): SignIns {
  const links: Held[] = []
  const sessions: Held[] = []

  function mint(into: Held[], most: number): string {
    const token = randomBytes(32).toString('base64url')
    into.push({ hash: hash(token), since: deps.now() })
    if (into.length > most) into.shift()
    return token
  }

  function prune(): void {
    expire(sessions, deps.now() - deps.sessionMs())
  }

  return {
    mintLink: () => mint(links, MAX_LINKS),
    takeLink(token) {
      expire(links, deps.now() - LINK_LIFETIME_MS)
      const at = find(links, token)
      if (at === -1) return false
      links.splice(at, 1)
      return true
    },
    openSession: () => mint(sessions, MAX_SESSIONS),
    sessionOf(token) {
      prune()
      const held = sessions[find(sessions, token)]
      return held === undefined ? null : held.hash.toString('hex')
    },
    isOpen(sessionName) {
      prune()
      return sessions.some((held) => held.hash.toString('hex') === sessionName)
    },
    closeSession(token) {
      const at = find(sessions, token)
      if (at !== -1) sessions.splice(at, 1)
    },
  }
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Looks at every entry, so that the time taken tells nothing about which one matched. */
function find(held: readonly Held[], token: string): number {
  const wanted = hash(token)
  let found = -1
  for (const [at, entry] of held.entries()) if (timingSafeEqual(entry.hash, wanted)) found = at
  return found
}

function expire(held: Held[], before: number): void {
  for (let at = held.length - 1; at >= 0; at -= 1) if ((held[at] as Held).since <= before) held.splice(at, 1)
}
