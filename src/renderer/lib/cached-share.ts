import type { UsageSums } from '../../shared/models/stats.ts'

/** How much of the input the provider had in its cache, 0 to 1; null where there was none. */
export function cachedShare({ input, cached }: Pick<UsageSums, 'input' | 'cached'>): number | null {
  return input === 0 ? null : cached / input
}
