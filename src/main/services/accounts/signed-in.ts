/** What a sign-in comes to: the tokens to be kept, and what may be shown of the account. */
import { AppError } from '../../../shared/errors.ts'
import {
  accountTokens,
  type AccountFacts,
  type AccountOrigin,
  type AccountTokens,
} from '../../../shared/models/account.ts'
import type { Upstream } from '../../../shared/models/upstream.ts'
import { accountClaims } from '../../providers/chatgpt-claims.ts'
import type { Issuer, TokenGrant } from '../../providers/chatgpt-oauth.ts'

export interface SignedIn {
  readonly tokens: AccountTokens
  readonly facts: AccountFacts
}

export interface Grounds {
  readonly server: Pick<Issuer, 'issuer' | 'clientId'>
  readonly origin: AccountOrigin
  readonly now: number
  /** Where the tokens themselves do not say it. */
  readonly accountId?: string | null
}

/** Tokens that could not be sent in a header, or kept, are refused. Their text stays out of the error. */
function checked(tokens: AccountTokens): AccountTokens {
  const parsed = accountTokens.safeParse(tokens)
  if (parsed.success) return parsed.data
  throw new AppError('account_exchange_failed', 'The sign-in server gave tokens of a form that cannot be used.')
}

/** @throws AppError `account_ids_missing`, `account_exchange_failed` */
export function signedIn(grant: TokenGrant, { server, origin, now, accountId }: Grounds): SignedIn {
  const claims = accountClaims(grant.accessToken, grant.idToken)
  const id = claims.accountId ?? accountId ?? null
  if (id === null) {
    throw new AppError('account_ids_missing', 'The tokens do not say which ChatGPT account they belong to.')
  }
  const { userId, email, plan, workspace, residency, expiresAt } = claims
  const { issuer, clientId } = server
  const { accessToken, refreshToken } = grant
  const tokens = checked({
    accessToken,
    refreshToken,
    accountId: id,
    residency,
    issuer,
    clientId,
    expiresAt,
    refreshedAt: now,
  })
  return { tokens, facts: { accountId: id, userId, email, plan, workspace, origin, expiresAt, refreshedAt: now } }
}

type Identity = Pick<AccountFacts, 'accountId' | 'userId'>

/** One account may have several users, each with a quota of his own. */
export function isSameAccount(a: Identity, b: Identity): boolean {
  return a.accountId === b.accountId && (a.userId === b.userId || a.userId === null || b.userId === null)
}

/** What a row says of its account, with the dates of the tokens that there are now. */
export function accountOf(row: Pick<Upstream, 'account'>, tokens: AccountTokens | undefined): AccountFacts | null {
  if (row.account === null || tokens === undefined) return row.account
  const { expiresAt, refreshedAt } = tokens
  return { ...row.account, expiresAt, refreshedAt }
}
