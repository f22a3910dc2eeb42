/** One sign-in on its way: what is known of it, and the part that is told. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { errorSpec, type AppError } from '../../../shared/errors.ts'
import type { Actor } from '../../../shared/models/audit.ts'
import type { AccountFlow, AccountMethod } from '../../../shared/models/account.ts'
import type { Issuer } from '../../providers/chatgpt-oauth.ts'
import type { AccountTarget } from './account-links.ts'

export interface Flow {
  readonly id: string
  readonly actor: Actor
  readonly method: AccountMethod
  readonly server: Issuer
  readonly target: AccountTarget
  readonly expiresAt: number
  readonly stop: AbortController
  readonly state: string
  readonly verifier: string
  readonly redirectUri: string
  url: string | null
  userCode: string | null
  listens: boolean
  hint: string | null
  status: AccountFlow['state']
  upstreamId: string | null
  error: AppError | null
  timer: NodeJS.Timeout | undefined
}

/** It still waits for somebody. */
export function isOpen({ status }: Flow): boolean {
  return status === 'waiting' || status === 'finishing'
}

/** In a time that says nothing of where they differ. */
export function isEqual(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => createHash('sha256').update(text).digest())
  return x !== undefined && y !== undefined && timingSafeEqual(x, y)
}

/** What may be told of it. */
export function viewOf(flow: Flow): AccountFlow {
  const { id, method, status, url, userCode, listens, hint, expiresAt, upstreamId, error } = flow
  const isNeeded = isOpen(flow)
  return {
    id,
    method,
    state: status,
    url: isNeeded ? url : null,
    userCode: isNeeded ? userCode : null,
    listens: isNeeded && listens,
    hint: isNeeded ? hint : null,
    expiresAt,
    upstreamId,
    error: error && { code: error.code, message: error.message, next: errorSpec(error.code).next },
  }
}
