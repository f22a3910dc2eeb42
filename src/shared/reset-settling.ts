/** A saved reset of which nobody knows whether it took may be set aside by hand after this long, ms. */
export const RESET_SETTLE_AFTER_MS = 1_800_000
