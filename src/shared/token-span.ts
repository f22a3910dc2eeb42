/** How long an ephemeral token may live, in seconds: for the schema, and for the page, which does without schemas. */
export const MIN_TOKEN_SECONDS = 60
/** 7 days. */
export const MAX_TOKEN_SECONDS = 604_800
export const DEFAULT_TOKEN_SECONDS = 3_600
