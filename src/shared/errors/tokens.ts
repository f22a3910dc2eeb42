import type { ErrorSpec } from './spec.ts'

/** What is said of ephemeral tokens. A request by a token is also refused by what refuses its key, with those codes. */
export const tokenErrors = {
  token_expired: {
    status: 401,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The ephemeral token is past its end.',
    next: 'Make a new token of the key. One that is needed for longer can be made for up to 7 days.',
  },
  token_revoked: {
    status: 401,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The ephemeral token was revoked, which is final.',
    next: 'Make a new token of the key.',
  },
  tokens_not_allowed: {
    status: 403,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The caller may not make ephemeral tokens: its key is not allowed to, or it is a token itself.',
    next: 'Allow it on the page of the key and call with the key, or let the operator make the token.',
  },
  token_limit_reached: {
    status: 429,
    retry: 'later',
    meaning: 'The key has 1,000 tokens that have not ended, or made 1,000 by itself within the last hour.',
    next: 'Revoke tokens that are not needed, make shorter ones, or wait for the time in Retry-After.',
  },
} as const satisfies Record<string, ErrorSpec>
