/** Short hashes that stand for what clients call their sessions, answers and files: the names themselves are never kept. */
import { hash } from 'node:crypto'

/** 64 bits: enough that no two of one key meet, and nobody finds a name that meets another's. */
const LENGTH = 16
/** In the log: enough to tell the sessions of a page of requests apart. */
const SHORT = 8

/** The same name of another key is another mark. */
export function markOf(keyId: string, name: string): string {
  return hash('sha256', `${keyId}\n${name}`, 'hex').slice(0, LENGTH)
}

/** A session of a key. Its mark is made when somebody asks for it: most requests of a Pool of one upstream never do. */
export class SessionMark {
  readonly #keyId: string
  readonly #name: string
  #mark: string | null = null

  constructor(keyId: string, name: string) {
    this.#keyId = keyId
    this.#name = name
  }

  get mark(): string {
    return (this.#mark ??= markOf(this.#keyId, this.#name))
  }

  /** As the log has it. */
  get short(): string {
    return this.mark.slice(0, SHORT)
  }
}
