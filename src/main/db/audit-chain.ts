/**
 * The chain of the audit log: each row's hash covers its content and the hash of the row before it, so that a row which
 * was changed, taken out or moved shows. The head says how many rows there are and where they end, for the tail.
 */
import { createHash } from 'node:crypto'
import type { AuditEntry, AuditProblem } from '../../shared/models/audit.ts'

/** What the first row follows. */
export const GENESIS = '0'.repeat(64)

/** Everything of a row that the hash covers. The id only gives the order, which the links give as well. */
export type ChainContent = Omit<AuditEntry, 'id'>

export interface ChainRow extends ChainContent {
  readonly id: number
  readonly hash: string | null
  readonly previousHash: string | null
}

export interface ChainHead {
  readonly entries: number
  readonly lastId: number
  readonly hash: string
}

export const emptyHead: ChainHead = { entries: 0, lastId: 0, hash: GENESIS }

/** JSON with the names of every object sorted: the same value always gives the same text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  const members = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${canonicalJson(item)}`).join(',')}}`
}

export function chainHash(previousHash: string, content: ChainContent): string {
  const { at, actor, action, targetKind, targetId, targetName, poolName, outcome, errorCode, before, after } = content
  const covered = { at, actor, action, targetKind, targetId, targetName, poolName, outcome, errorCode, before, after }
  return createHash('sha256')
    .update(`${previousHash}\n${canonicalJson(covered)}`)
    .digest('hex')
}

export interface BrokenLink {
  readonly id: number
  readonly at: number
  readonly problem: Exclude<AuditProblem, 'truncated'>
}

/** Checks rows in their order after `before`. Stops at the first that does not hold. */
export function walkChain(
  before: ChainHead,
  rows: readonly ChainRow[],
): { readonly head: ChainHead; readonly broken: BrokenLink | null } {
  let head = before
  for (const row of rows) {
    const problem = problemOf(head, row)
    if (problem !== null) return { head, broken: { id: row.id, at: row.at, problem } }
    head = { entries: head.entries + 1, lastId: row.id, hash: row.hash ?? GENESIS }
  }
  return { head, broken: null }
}

function problemOf(head: ChainHead, row: ChainRow): BrokenLink['problem'] | null {
  const { hash, previousHash } = row
  if (hash === null || previousHash === null || chainHash(previousHash, row) !== hash) return 'altered'
  const isNext = row.id === head.lastId + 1
  if (previousHash === head.hash) return isNext ? null : 'reordered'
  return isNext ? 'reordered' : 'missing'
}
