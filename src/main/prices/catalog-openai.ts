/** OpenAI's prices. Tiers stand here where a page names their rates, or the factor they have. */
import { listOf, times, type CatalogEntry, type Details, type Dollars } from './catalog-entry.ts'

const PRICING = 'https://developers.openai.com/api/docs/pricing'
const modelPage = (model: string) => `https://developers.openai.com/api/docs/models/${model}`

const LONG_ABOVE = 272_000
const LARGE = { maxOutput: 128_000, context: 1_050_000, dated: true }
const MEDIUM = { maxOutput: 128_000, context: 400_000, dated: true }
const CHAT = { maxOutput: 16_384, context: 128_000 }
const REASONING = { maxOutput: 100_000, context: 200_000, dated: true }

const long = (dollars: Dollars) => ({ ...times(dollars, 2, 1.5), above: LONG_ABOVE })
const half = (dollars: Dollars) => times(dollars, 0.5, 0.5)
const double = (dollars: Dollars) => times(dollars, 2, 2)

/** GPT-6: above 272K input tokens 2x input and 1.5x output; Flex is half of whichever rate applies, Fast is double. */
function gpt6(model: string, asOf: string, dollars: Dollars): CatalogEntry {
  const above = times(dollars, 2, 1.5)
  return listOf(modelPage(model), asOf)(model, dollars, {
    ...LARGE,
    long: long(dollars),
    flex: { ...half(dollars), long: half(above) },
    priority: { ...double(dollars), long: double(above) },
  })
}

/** GPT-5.6: the same, but no page gives a long Fast rate. */
function gpt56(model: string, dollars: Dollars, details: Details = {}): CatalogEntry {
  const above = times(dollars, 2, 1.5)
  return listOf(modelPage(model), '2026-10-16')(model, dollars, {
    ...LARGE,
    long: long(dollars),
    flex: { ...half(dollars), long: half(above) },
    priority: double(dollars),
    ...details,
  })
}

const SOL_56: Dollars = { input: 4, cached: 0.4, write: 5, output: 20 }
const PROMOTION = { remark: 'A promotional rate, promised until 2026-11-21 at least.' }

const current = listOf(PRICING, '2026-06-04')
const earlier = listOf(PRICING, '2026-07-24')

const GPT_5: Dollars = { input: 1.25, cached: 0.125, output: 10 }
const GPT_5_FAST: Dollars = { input: 2.5, cached: 0.25, output: 20 }
const GPT_5_MINI: Dollars = { input: 0.25, cached: 0.025, output: 2 }
const GPT_5_MINI_FAST: Dollars = { input: 0.45, cached: 0.045, output: 3.6 }
const GPT_52: Dollars = { input: 1.75, cached: 0.175, output: 14 }
const GPT_52_FAST: Dollars = { input: 3.5, cached: 0.35, output: 28 }
const GPT_54: Dollars = { input: 2.5, cached: 0.25, output: 15 }
const GPT_54_MINI: Dollars = { input: 0.75, cached: 0.075, output: 4.5 }
const GPT_54_NANO: Dollars = { input: 0.2, cached: 0.02, output: 1.25 }
const GPT_55: Dollars = { input: 5, cached: 0.5, output: 30 }
const PRO: Dollars = { input: 30, output: 180 }

const gpt5: readonly CatalogEntry[] = [
  current('gpt-5.5', GPT_55, {
    ...LARGE,
    long: long(GPT_55),
    flex: half(GPT_55),
    priority: { input: 12.5, cached: 1.25, output: 75 },
  }),
  current('gpt-5.5-pro', PRO, { ...LARGE, long: long(PRO), flex: half(PRO) }),
  current('gpt-5.4', GPT_54, { ...LARGE, long: long(GPT_54), flex: half(GPT_54), priority: double(GPT_54) }),
  current('gpt-5.4-pro', PRO, { ...LARGE, long: long(PRO), flex: half(PRO) }),
  current('gpt-5.4-mini', GPT_54_MINI, { ...MEDIUM, flex: half(GPT_54_MINI), priority: double(GPT_54_MINI) }),
  current('gpt-5.4-nano', GPT_54_NANO, { ...MEDIUM, flex: half(GPT_54_NANO) }),
  earlier('gpt-5.3-codex', GPT_52, { ...MEDIUM, priority: GPT_52_FAST }),
  earlier('gpt-5.3-chat-latest', GPT_52, { ...CHAT, priority: GPT_52_FAST }),
  earlier('gpt-5.2', GPT_52, { ...MEDIUM, priority: GPT_52_FAST }),
  earlier('gpt-5.2-codex', GPT_52, { ...MEDIUM, priority: GPT_52_FAST }),
  earlier('gpt-5.2-chat-latest', GPT_52, { ...CHAT, priority: GPT_52_FAST }),
  earlier('gpt-5.2-pro', { input: 21, output: 168 }, MEDIUM),
  earlier('gpt-5.1', GPT_5, { ...MEDIUM, priority: GPT_5_FAST }),
  earlier('gpt-5.1-codex', GPT_5, { ...MEDIUM, priority: GPT_5_FAST }),
  earlier('gpt-5.1-codex-max', GPT_5, MEDIUM),
  earlier('gpt-5.1-codex-mini', GPT_5_MINI, { ...MEDIUM, priority: GPT_5_MINI_FAST }),
  earlier('gpt-5.1-chat-latest', GPT_5, { ...CHAT, priority: GPT_5_FAST }),
  earlier('gpt-5', GPT_5, { ...MEDIUM, flex: half(GPT_5), priority: GPT_5_FAST }),
  earlier('gpt-5-codex', GPT_5, { ...MEDIUM, priority: GPT_5_FAST }),
  earlier('gpt-5-chat-latest', GPT_5, CHAT),
  earlier('gpt-5-mini', GPT_5_MINI, { ...MEDIUM, flex: half(GPT_5_MINI), priority: GPT_5_MINI_FAST }),
  earlier(
    'gpt-5-nano',
    { input: 0.05, cached: 0.005, output: 0.4 },
    { ...MEDIUM, flex: { input: 0.025, cached: 0.0025, output: 0.2 } },
  ),
  earlier('gpt-5-pro', { input: 15, output: 120 }, MEDIUM),
]

const GPT_41 = { maxOutput: 32_768, context: 1_047_576, dated: true }
const GPT_4O = { ...CHAT, dated: true }

const gpt4: readonly CatalogEntry[] = [
  earlier(
    'gpt-4.1',
    { input: 2, cached: 0.5, output: 8 },
    { ...GPT_41, priority: { input: 3.5, cached: 0.875, output: 14 } },
  ),
  earlier(
    'gpt-4.1-mini',
    { input: 0.4, cached: 0.1, output: 1.6 },
    { ...GPT_41, priority: { input: 0.7, cached: 0.175, output: 2.8 } },
  ),
  earlier(
    'gpt-4.1-nano',
    { input: 0.1, cached: 0.025, output: 0.4 },
    { ...GPT_41, priority: { input: 0.2, cached: 0.05, output: 0.8 } },
  ),
  earlier(
    'gpt-4o',
    { input: 2.5, cached: 1.25, output: 10 },
    { ...GPT_4O, priority: { input: 4.25, cached: 2.125, output: 17 } },
  ),
  earlier(
    'gpt-4o-2024-05-13',
    { input: 5, output: 15 },
    { maxOutput: 4_096, context: 128_000, priority: { input: 8.75, output: 26.25 } },
  ),
  earlier(
    'gpt-4o-mini',
    { input: 0.15, cached: 0.075, output: 0.6 },
    { ...GPT_4O, priority: { input: 0.25, cached: 0.125, output: 1 } },
  ),
]

const O3: Dollars = { input: 2, cached: 0.5, output: 8 }
const O4_MINI: Dollars = { input: 1.1, cached: 0.275, output: 4.4 }

const reasoning: readonly CatalogEntry[] = [
  earlier('o4-mini', O4_MINI, { ...REASONING, flex: half(O4_MINI), priority: { input: 2, cached: 0.5, output: 8 } }),
  earlier('o3', O3, { ...REASONING, flex: half(O3), priority: { input: 3.5, cached: 0.875, output: 14 } }),
  earlier('o3-pro', { input: 20, output: 80 }, REASONING),
  earlier('o3-mini', { input: 1.1, cached: 0.55, output: 4.4 }, REASONING),
  earlier('o1', { input: 15, cached: 7.5, output: 60 }, REASONING),
  earlier('o1-pro', { input: 150, output: 600 }, REASONING),
]

/** An embedding has no output to pay for. */
const embeddings: readonly CatalogEntry[] = [
  earlier('text-embedding-3-small', { input: 0.02, output: 0 }, { context: 8_191 }),
  earlier('text-embedding-3-large', { input: 0.13, output: 0 }, { context: 8_191 }),
]

export const openaiEntries: readonly CatalogEntry[] = [
  gpt6('gpt-6.1-sol', '2026-10-13', { input: 2, cached: 0.1, write: 2.5, output: 10 }),
  gpt6('gpt-6.1-terra', '2026-10-27', { input: 1, cached: 0.05, write: 1.25, output: 5 }),
  gpt6('gpt-6-astra', '2026-09-11', { input: 10, cached: 1, write: 12.5, output: 50 }),
  gpt6('gpt-6-sol', '2026-09-24', { input: 2, cached: 0.2, write: 2.5, output: 10 }),
  gpt6('gpt-6-luna', '2026-09-24', { input: 0.1, cached: 0.01, write: 0.125, output: 0.5 }),
  gpt56('gpt-5.6', SOL_56, PROMOTION),
  gpt56('gpt-5.6-sol', SOL_56, PROMOTION),
  gpt56('gpt-5.6-terra', { input: 2, cached: 0.2, write: 2.5, output: 12 }),
  gpt56('gpt-5.6-luna', { input: 0.2, cached: 0.02, write: 0.25, output: 1.2 }),
  ...gpt5,
  ...gpt4,
  ...reasoning,
  ...embeddings,
]
