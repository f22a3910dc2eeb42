/** A signed-in ChatGPT account as Weir knows it, and the ways in which one gets here. */
import { z } from 'zod'
import { displayName, timestamp } from './common.ts'

/** How it came to Weir. `token`: a business access token, which nothing renews. */
export const accountOrigin = z.enum(['browser', 'device', 'import', 'token'])
export type AccountOrigin = z.infer<typeof accountOrigin>

/** Nothing here is secret: its tokens are in the secret store. */
export const accountFacts = z.object({
  /** The account that requests are charged to. With `userId` it tells one from another. */
  accountId: z.string(),
  userId: z.string().nullable(),
  email: z.string().nullable(),
  /** By the provider's word: `plus`, `pro`, `business`. */
  plan: z.string().nullable(),
  workspace: z.string().nullable(),
  origin: accountOrigin,
  /** Of the access token; null where not known. */
  expiresAt: timestamp.nullable(),
  /** When its tokens were last made new, or set. */
  refreshedAt: timestamp,
})
export type AccountFacts = z.infer<typeof accountFacts>

const token = z
  .string()
  .min(1)
  .max(16_000)
  .regex(/^[\x21-\x7e]+$/)

/** What the secret store keeps of an account, inside the item of its upstream. Never in the database, a log or an answer. */
export const accountTokens = z.object({
  accessToken: token,
  /** Null where nothing renews it. */
  refreshToken: token.nullable(),
  accountId: z.string(),
  /** Where its requests must be computed, by the provider's word; null where that is open. */
  residency: z.string().nullable(),
  /** Who made the tokens, and the only one that a refresh token is ever sent to. */
  issuer: z.string(),
  clientId: z.string(),
  expiresAt: timestamp.nullable(),
  refreshedAt: timestamp,
})
export type AccountTokens = z.infer<typeof accountTokens>

/** An address of https, or of http on this machine itself: what is sent there is worth stealing. */
export const accountAddress = z
  .url({ protocol: /^https?$/ })
  .max(2_000)
  .regex(
    /^(?:https:\/\/[^/@?#]+|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?)(?:\/[^?#]*)?$/,
    'must be https, or http on this machine, without credentials, query or fragment',
  )

const proxy = z
  .url({ protocol: /^https?$/ })
  .max(2_000)
  .regex(/^https?:\/\/[^/@?#]+\/?$/, 'must be scheme, host and port only')

/** What can be said of the upstream that it becomes. With `upstreamId` that one is signed in again, and stays as it is. */
const target = {
  upstreamId: z.string().optional(),
  /** The account's email address where it is left out. */
  name: displayName.optional(),
  /** The backend's address, where it is another than ChatGPT's own. */
  baseUrl: accountAddress.optional(),
  /** Who signs in; that of the setting `accounts.issuer` where it is left out. */
  issuer: accountAddress.optional(),
  proxyUrl: proxy.nullable().default(null),
}

export const accountMethod = z.enum(['browser', 'device'])
export type AccountMethod = z.infer<typeof accountMethod>

export const accountBegin = z.object({ method: accountMethod, ...target })
export type AccountBegin = z.infer<typeof accountBegin>

/**
 * `waiting`: for the operator. `finishing`: the answer came and is being exchanged. The others are final; a flow that is
 * over can be looked at for a while and does nothing more.
 */
const accountFlowState = z.enum(['waiting', 'finishing', 'done', 'failed', 'cancelled', 'expired'])

/** A sign-in on its way. In memory: a restart of Weir forgets it. */
export const accountFlow = z.object({
  id: z.string(),
  method: accountMethod,
  state: accountFlowState,
  /** Where the operator goes to sign in; null once it is over. */
  url: z.string().nullable(),
  /** What the operator types there: device code only. */
  userCode: z.string().nullable(),
  /** Browser only: Weir hears of the end by itself. False: the address must be pasted. */
  listens: z.boolean(),
  /** Why it does not listen, in a sentence; else null. */
  hint: z.string().nullable(),
  expiresAt: timestamp,
  /** The upstream it signs in again, or the one that it made. */
  upstreamId: z.string().nullable(),
  /** Why it failed, with what to do next. */
  error: z.object({ code: z.string(), message: z.string(), next: z.string() }).nullable(),
})
export type AccountFlow = z.infer<typeof accountFlow>

export const MAX_AUTH_FILE_BYTES = 65_536

/** `text`: the contents of an `auth.json`. `home`: the file of the operator's own Codex. `token`: a business token. */
export const accountImport = z.discriminatedUnion('source', [
  z.object({ source: z.literal('text'), text: z.string().min(1).max(MAX_AUTH_FILE_BYTES), ...target }),
  z.object({ source: z.literal('home'), ...target }),
  z.object({ source: z.literal('token'), token: z.string().trim().min(1).max(16_000), ...target }),
])
export type AccountImport = z.infer<typeof accountImport>

/** The operator's own Codex on this machine. Only looked at, never written. */
export const accountFound = z.object({
  /** The file that was looked for. */
  path: z.string(),
  isThere: z.boolean(),
  email: z.string().nullable(),
  plan: z.string().nullable(),
  /** The upstream that is this account already. */
  upstreamId: z.string().nullable(),
  /** Why it cannot be imported as it is. */
  problem: z.object({ code: z.string(), message: z.string() }).nullable(),
})
export type AccountFound = z.infer<typeof accountFound>
