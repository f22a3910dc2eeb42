/**
 * `POST /v1/ephemeral_tokens`: a key lends itself a token, where its operator lets it. The only route of the gateway that
 * writes a record; it does so through a port, and no request of a model ever waits for it.
 */
import type { ServerResponse } from 'node:http'
import type { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import { tokenWish, type TokenWish } from '../../shared/models/ephemeral-token.ts'
import { setCaps } from '../../shared/models/limit.ts'
import { parseJsonObject } from '../dialects/json.ts'
import { identify, tellOldSecret, type Asking, type Caller } from './admit.ts'
import { readBody, type BodyDeps } from './body.ts'
import type { Directory } from './directory.ts'
import type { MadeToken, MintToken } from './ports.ts'

export interface TokenRouteDeps extends Pick<BodyDeps, 'watchdog' | 'now'> {
  readonly directory: Directory
  readonly mintToken: MintToken
  /** Epoch ms. */
  readonly clock: () => number
}

const MAX_BODY_BYTES = 65_536
const MAX_FIELD_LENGTH = 60

/** @throws AppError `tokens_not_allowed`, `invalid_json`, `invalid_request`, `token_limit_reached`, those of a key. */
export async function lendToken(deps: TokenRouteDeps, asking: Asking, response: ServerResponse): Promise<unknown> {
  const { directory, watchdog, now } = deps
  const caller = identify(directory, asking, (opened) => tellOldSecret(opened, response))
  refuseLending(caller)
  const maxBytes = Math.min(directory.settings['gateway.maxBodyBytes'], MAX_BODY_BYTES)
  const settings = { ...directory.settings, 'gateway.maxBodyBytes': maxBytes }
  const wish = parseWish(await readBody(response.req, asking.headers, { settings, watchdog, now }))
  // Asked again: the body may have taken its time, and the key may have ended meanwhile.
  refuseLending(identify(directory, { ...asking, at: deps.clock() }, () => undefined))
  return told(caller, wish, minted(deps.mintToken, caller, wish))
}

function refuseLending({ key, token }: Caller): void {
  const refuse = (message: string, prefix: string): never => {
    throw new AppError('tokens_not_allowed', message, { details: { key: prefix } })
  }
  if (token !== null) refuse(`The token ${token.prefix} can make no tokens: only its key can.`, token.prefix)
  if (!key.canMakeTokens) refuse(`The key ${key.prefix} may not make tokens. Its operator can allow it.`, key.prefix)
}

/** An empty body asks for nothing in particular. */
function parseWish(body: Buffer): TokenWish {
  const value = body.length === 0 ? {} : parseJsonObject(body.toString('utf8'))
  if (value === null) throw new AppError('invalid_json', 'The body is not a JSON object.')
  const parsed = tokenWish.safeParse(value)
  if (parsed.success) return parsed.data
  throw refusedField(parsed.error)
}

/** Names the first field that does not fit, never its value. */
function refusedField(error: z.ZodError): AppError {
  const [issue] = error.issues
  const isUnknown = issue?.code === 'unrecognized_keys'
  const path = [...(issue?.path ?? []), ...(isUnknown ? issue.keys.slice(0, 1) : [])]
  const field = path.map(String).join('.').slice(0, MAX_FIELD_LENGTH)
  const problem = isUnknown ? 'there is no such field' : (issue?.message ?? 'is not valid')
  return new AppError('invalid_request', `${field === '' ? 'The body' : field}: ${problem}.`, { details: { field } })
}

function minted(mintToken: MintToken, { key }: Caller, wish: TokenWish): MadeToken {
  const { name, models, limits, ip_allowlist: ipAllowlist, ttl_seconds: ttlSeconds } = wish
  const modelPolicy = models === undefined ? ({ mode: 'all' } as const) : ({ mode: 'selected', models } as const)
  try {
    return mintToken(key.id, { name, ttlSeconds, modelPolicy, limits, ipAllowlist })
  } catch (thrown) {
    const error = AppError.from(thrown)
    // The one that the schema cannot see: a network whose prefix no allowlist can hold.
    if (error.code !== 'invalid_input') throw error
    const message = 'ip_allowlist: a rule is not a network that can be matched.'
    throw new AppError('invalid_request', message, { details: { field: 'ip_allowlist' } })
  }
}

/** Fields as `GET /v1/usage` names them: limits by their own names, times in epoch ms, budgets in nano-dollars. */
function told({ key }: Caller, wish: TokenWish, made: MadeToken) {
  return {
    object: 'ephemeral_token',
    id: made.id,
    token: made.secret,
    prefix: made.prefix,
    key: key.prefix,
    name: wish.name,
    created_at: made.createdAt,
    expires_at: made.expiresAt,
    // The key ends before the time that was asked for is over, and no token outlives its key.
    ends_with_key: made.expiresAt < made.createdAt + wish.ttl_seconds * 1_000,
    models: wish.models ?? null,
    limits: setCaps(wish.limits),
    ip_allowlist: wish.ip_allowlist,
  }
}
