/** Anthropic's prices. Cache writes are those that last five minutes; an hour costs twice the input. */
import { listOf, type CatalogEntry } from './catalog-entry.ts'

const model = listOf('https://platform.claude.com/docs/en/about-claude/pricing', '2026-10-24')

const LARGE = { maxOutput: 128_000, context: 1_000_000, dated: true }
const MIDDLE = { maxOutput: 64_000, context: 200_000, dated: true }
const EARLY = { maxOutput: 32_000, context: 200_000, dated: true }

const OPUS_5 = { input: 5, write: 6.25, cached: 0.5, output: 25 }
const OPUS_4 = { input: 15, write: 18.75, cached: 1.5, output: 75 }
const SONNET_4 = { input: 3, write: 3.75, cached: 0.3, output: 15 }

export const anthropicEntries: readonly CatalogEntry[] = [
  model('claude-fable-5-1', { input: 10, write: 12.5, cached: 0.25, output: 50 }, LARGE),
  model('claude-fable-5', { input: 10, write: 12.5, cached: 1, output: 50 }, LARGE),
  model('claude-opus-5-5', { input: 4, write: 5, cached: 0.2, output: 20 }, LARGE),
  model('claude-opus-5', OPUS_5, LARGE),
  model('claude-opus-4-8', OPUS_5, LARGE),
  model('claude-opus-4-7', OPUS_5, LARGE),
  model('claude-opus-4-6', OPUS_5, LARGE),
  model('claude-opus-4-5', OPUS_5, MIDDLE),
  model('claude-opus-4-1', OPUS_4, EARLY),
  model('claude-opus-4-0', OPUS_4, EARLY),
  model('claude-opus-4', OPUS_4, EARLY),
  model('claude-sonnet-5-5', { input: 2, write: 2.5, cached: 0.1, output: 10 }, LARGE),
  model('claude-sonnet-5', { input: 2, write: 2.5, cached: 0.2, output: 10 }, LARGE),
  model('claude-sonnet-4-6', SONNET_4, { ...LARGE, maxOutput: 64_000 }),
  model('claude-sonnet-4-5', SONNET_4, {
    ...MIDDLE,
    context: 1_000_000,
    long: { above: 200_000, input: 6, write: 7.5, cached: 0.6, output: 22.5 },
  }),
  model('claude-sonnet-4-0', SONNET_4, MIDDLE),
  model('claude-sonnet-4', SONNET_4, MIDDLE),
  model(
    'claude-haiku-5-5',
    { input: 0.1, write: 0.125, cached: 0.01, output: 0.5 },
    { ...LARGE, long: { above: 100_000, input: 0.5, write: 0.625, cached: 0.05, output: 2.5 } },
  ),
  model('claude-haiku-4-5', { input: 1, write: 1.25, cached: 0.1, output: 5 }, MIDDLE),
]
