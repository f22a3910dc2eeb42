import type { ErrorSpec } from './spec.ts'

/** What a client is answered when its key's limits say no. The body names key, limit, use and when there is room again. */
export const limitErrors = {
  limit_reached: {
    status: 429,
    retry: 'later',
    meaning: 'A limit of the key on requests or tokens in a time is used up.',
    next: 'Wait for the time in Retry-After, or raise the limit of the key.',
  },
  concurrency_limit_reached: {
    status: 429,
    retry: 'later',
    meaning: 'As many requests of the key run as it may have at a time.',
    next: 'Wait for one of them to end, or raise the limit of the key.',
  },
  budget_spent: {
    status: 429,
    retry: 'later',
    meaning: 'What the request may cost does not fit into what is left of a budget of the key.',
    next: 'Wait for the next period, or raise the budget of the key.',
  },
  request_over_limit: {
    status: 400,
    retry: 'never',
    meaning: 'The request alone is more than a limit of the key allows, or the limit is 0: it can never fit.',
    next: 'Send less, name a smaller maximum of output tokens, or raise the limit of the key.',
  },
  model_unpriced: {
    status: 403,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The key has a budget, the model has no price, and the key refuses models without one.',
    next: 'Give the model a price, or let the key use models without a price.',
  },
} as const satisfies Record<string, ErrorSpec>
