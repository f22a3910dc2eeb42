/** An `auth.json` of Codex, given by the operator. Nothing of its text gets into an error. */
import { AppError } from '../../../shared/errors.ts'
import { MAX_AUTH_FILE_BYTES } from '../../../shared/models/account.ts'
import { isObject, parseJsonObject, type JsonObject } from '../../dialects/json.ts'
import { accountClaims } from '../../providers/chatgpt-claims.ts'
import type { TokenGrant } from '../../providers/chatgpt-oauth.ts'

export interface AuthFile {
  readonly grant: TokenGrant
  readonly accountId: string | null
}

function textOf(object: JsonObject, name: string): string | null {
  const value = object[name]
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

/** A token that Codex keeps by itself, under a name of the kind of sign-in. */
function holdsAccessToken(file: JsonObject): boolean {
  const mode = textOf(file, 'auth_mode')?.toLowerCase() ?? ''
  const isOther = mode.includes('access') || mode.includes('agent')
  return isOther || isObject(file['agent_identity']) || textOf(file, 'personal_access_token') !== null
}

/** @throws AppError `auth_file_…` */
export function readAuthFile(text: string, now: number): AuthFile {
  const isTooLong = Buffer.byteLength(text) > MAX_AUTH_FILE_BYTES
  const file = isTooLong ? null : parseJsonObject(text.replace(/^\ufeff/, ''))
  if (file === null) throw new AppError('auth_file_invalid', 'This is not an auth.json of Codex: it is no JSON object.')
  const tokens = file['tokens']
  if (!isObject(tokens)) throw withoutTokens(file)
  const accessToken = textOf(tokens, 'access_token')
  if (accessToken?.startsWith('at-') === true) throw accessTokenOnly()
  const refreshToken = textOf(tokens, 'refresh_token')
  const idToken = textOf(tokens, 'id_token')
  if (accessToken === null) throw incomplete('access token')
  const claims = accountClaims(accessToken, idToken)
  const accountId = textOf(tokens, 'account_id')
  if (claims.accountId === null && (accountId === null || !/^[\x21-\x7e]{1,200}$/.test(accountId))) {
    throw incomplete('id of its account')
  }
  if (refreshToken === null) {
    if (claims.expiresAt !== null && claims.expiresAt <= now) {
      const message = 'The access token of this auth.json has expired, and there is no refresh token in it.'
      throw new AppError('auth_file_expired', message)
    }
    throw incomplete('refresh token')
  }
  return { grant: { accessToken, refreshToken, idToken }, accountId }
}

function withoutTokens(file: JsonObject): AppError {
  if (holdsAccessToken(file)) return accessTokenOnly()
  if (textOf(file, 'OPENAI_API_KEY') !== null) {
    return new AppError('auth_file_api_key', 'This auth.json holds an API key and no ChatGPT account.')
  }
  return new AppError('auth_file_invalid', 'This is not an auth.json of Codex: it has no tokens.')
}

function accessTokenOnly(): AppError {
  return new AppError('auth_file_access_token', 'This auth.json holds an access token and no signed-in account.')
}

function incomplete(what: string): AppError {
  return new AppError('auth_file_incomplete', `This auth.json has no ${what}.`)
}

/** What an operator should know of an import. */
export const TWO_HOLDERS =
  'Codex has the same refresh token. Whoever renews it first makes the copy of the other useless: sign Codex out on that machine, or let it use Weir.'
