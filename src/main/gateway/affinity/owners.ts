/** Which upstream has what a client refers to by an id: an answer, a file, a turn. Each kind is bounded, each entry has an end. */
import type { AffinityKind } from '../../../shared/models/session.ts'
import { createLastingMap, type Lasting, type LastingMap, type LastingRules } from './lasting-map.ts'
import { markOf } from './marks.ts'

/** What can be owned beside a socket, by the id that the client knows it by. */
export type OwnedKind = Extract<AffinityKind, 'response' | 'file' | 'turn'>

export interface Owned {
  readonly keyId: string
  readonly id: string
}

export interface Owner extends Lasting {
  readonly upstreamId: string
  /** Of an answer: tokens that came and went. */
  readonly context: number
}

export interface Owners {
  own(kind: OwnedKind, owned: Owned, owner: Omit<Owner, 'at'>): void
  known(kind: OwnedKind, owned: Owned): Owner | undefined
  hasFiles(): boolean
}

const MAX_NAME = 8_192

export function createOwners(rules: LastingRules): Owners {
  const owned: Readonly<Record<OwnedKind, LastingMap<Owner>>> = {
    response: createLastingMap<Owner>(rules),
    file: createLastingMap<Owner>(rules),
    turn: createLastingMap<Owner>(rules),
  }
  return {
    own(kind, { keyId, id }, { upstreamId, context }) {
      if (id !== '' && id.length <= MAX_NAME) owned[kind].put(markOf(keyId, id), { upstreamId, context, at: 0 })
    },
    known(kind, { keyId, id }) {
      // Nothing is hashed where nothing is known.
      return id.length > MAX_NAME || owned[kind].isEmpty ? undefined : owned[kind].get(markOf(keyId, id))
    },
    hasFiles: () => !owned.file.isEmpty,
  }
}
