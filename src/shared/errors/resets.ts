import type { ErrorSpec } from './spec.ts'

/** What is said of saved resets of accounts, to the operator only. */
export const resetErrors = {
  reset_pending: {
    status: 409,
    retry: 'later',
    meaning: 'A saved reset of this account was sent before, and nobody knows yet whether it took.',
    next: 'Wait until its figures are read again. After 30 minutes it can be set aside by hand.',
  },
  reset_unknown: {
    status: 404,
    retry: 'never',
    meaning: 'The account has no such saved reset: it was used, has expired, or never was.',
    next: 'List the saved resets again and use one from there.',
  },
  reset_refused: {
    status: 409,
    retry: 'never',
    meaning: 'The provider did not use the saved reset, so it is still there.',
    next: 'Follow the reason: it says what the provider wants.',
  },
} as const satisfies Record<string, ErrorSpec>
