/**
 * What the tokens of a ChatGPT account say of it. They came from the issuer over TLS, so their signature is not checked;
 * nothing is decided on them but what is shown and which account a request is charged to.
 */
import type { JsonObject } from '../dialects/json.ts'
import { isObject, parseJsonObject } from '../dialects/json.ts'

export interface AccountClaims {
  readonly accountId: string | null
  readonly userId: string | null
  readonly email: string | null
  readonly plan: string | null
  readonly workspace: string | null
  readonly residency: string | null
  /** Epoch ms. */
  readonly expiresAt: number | null
}

const AUTH = 'https://api.openai.com/auth'
const PROFILE = 'https://api.openai.com/profile'
const LONGEST_CLAIM = 200

/** The claims of a token in the form of a JWT; null for anything else. */
export function jwtClaims(token: string): JsonObject | null {
  const parts = token.split('.')
  if (parts.length !== 3) return null
  return parseJsonObject(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8'))
}

/** Bounded and printable: it goes into headers, rows and pages. */
function text(value: unknown): string | null {
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_CLAIM) return null
  return /^[\x20-\x7e\u00a0-\uffff]+$/.test(value) ? value : null
}

function headerText(value: unknown): string | null {
  const known = text(value)
  return known !== null && /^[\x21-\x7e]+$/.test(known) ? known : null
}

function object(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

function workspaceOf(auth: JsonObject): string | null {
  const list = auth['organizations']
  if (!Array.isArray(list)) return null
  const known = list.map(object)
  const chosen = known.find((each) => each['is_default'] === true) ?? known[0]
  return text(chosen?.['title'])
}

function claimsIn(token: string): AccountClaims {
  const claims = jwtClaims(token) ?? {}
  const [auth, profile] = [object(claims[AUTH]), object(claims[PROFILE])]
  const exp = claims['exp']
  return {
    accountId: headerText(auth['chatgpt_account_id']),
    userId: text(auth['chatgpt_user_id']) ?? text(auth['user_id']),
    email: text(claims['email']) ?? text(profile['email']),
    plan: text(auth['chatgpt_plan_type']),
    workspace: workspaceOf(auth),
    residency: headerText(auth['chatgpt_compute_residency']),
    expiresAt: typeof exp === 'number' && Number.isFinite(exp) && exp > 0 ? Math.floor(exp * 1_000) : null,
  }
}

/** Of both tokens: the id token's word first, but the expiry is the access token's own. */
export function accountClaims(accessToken: string, idToken: string | null): AccountClaims {
  const access = claimsIn(accessToken)
  if (idToken === null) return access
  const id = claimsIn(idToken)
  return {
    accountId: id.accountId ?? access.accountId,
    userId: id.userId ?? access.userId,
    email: id.email ?? access.email,
    plan: id.plan ?? access.plan,
    workspace: id.workspace ?? access.workspace,
    residency: access.residency ?? id.residency,
    expiresAt: access.expiresAt,
  }
}
