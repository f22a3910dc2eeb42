/** Prices of providers that are reached as OpenAI-compatible upstreams. */
import { listOf, type CatalogEntry, type Dollars } from './catalog-entry.ts'

const GEMINI = 'https://ai.google.dev/gemini-api/docs/pricing'
const GEMINI_SIZE = { maxOutput: 65_536, context: 1_048_576 }
const gemini = listOf(GEMINI, '2026-08-13')
const earlierGemini = listOf(GEMINI, '2026-07-22')

const FLASH: Dollars = { input: 0.75, cached: 0.075, output: 3.75 }
const FLASH_LATER: Dollars = { input: 1.5, cached: 0.15, output: 7.5 }
const PRO_3: Dollars = { input: 2, cached: 0.2, output: 12 }
const PRO_3_SIZE = { ...GEMINI_SIZE, long: { above: 200_000, input: 4, cached: 0.4, output: 18 } }

/** Half price to the end of 2026. */
function promoted(model: string): CatalogEntry[] {
  const remark = 'Half price through 2026-12-31.'
  return [
    gemini(model, FLASH, { ...GEMINI_SIZE, remark }),
    gemini(model, FLASH_LATER, { ...GEMINI_SIZE, from: Date.UTC(2027, 0, 1) }),
  ]
}

const google: readonly CatalogEntry[] = [
  ...['gemini-3.6-flash', 'gemini-3.7-flash'].flatMap(promoted),
  earlierGemini('gemini-3.5-flash', { input: 1.5, cached: 0.15, output: 9 }, GEMINI_SIZE),
  earlierGemini('gemini-3.5-flash-lite', { input: 0.3, cached: 0.03, output: 2.5 }, GEMINI_SIZE),
  earlierGemini('gemini-3.1-pro-preview', PRO_3, PRO_3_SIZE),
  earlierGemini('gemini-3.1-flash-lite', { input: 0.25, cached: 0.025, output: 1.5 }, GEMINI_SIZE),
  earlierGemini('gemini-3-pro-preview', PRO_3, PRO_3_SIZE),
  earlierGemini('gemini-3-flash-preview', { input: 0.5, cached: 0.05, output: 3 }, GEMINI_SIZE),
  earlierGemini(
    'gemini-2.5-pro',
    { input: 1.25, cached: 0.125, output: 10 },
    { ...GEMINI_SIZE, long: { above: 200_000, input: 2.5, cached: 0.25, output: 15 } },
  ),
  earlierGemini('gemini-2.5-flash', { input: 0.3, cached: 0.03, output: 2.5 }, GEMINI_SIZE),
  earlierGemini('gemini-2.5-flash-lite', { input: 0.1, cached: 0.01, output: 0.4 }, GEMINI_SIZE),
]

const deepseekModel = listOf('https://api-docs.deepseek.com/quick_start/pricing', '2026-11-15')
const PEAK = {
  maxOutput: 393_216,
  context: 1_048_576,
  remark: 'The rate of peak hours; the others cost half.',
}
const DEEPSEEK_FLASH: Dollars = { input: 0.3, cached: 0.006, output: 1.2 }

const deepseek: readonly CatalogEntry[] = [
  deepseekModel('deepseek-flash', DEEPSEEK_FLASH, PEAK),
  deepseekModel('deepseek-v4-flash', DEEPSEEK_FLASH, PEAK),
  deepseekModel('deepseek-v4-pro', { input: 1.32, cached: 0.044, output: 3.96 }, PEAK),
]

const mistralModel = listOf('https://mistral.ai/pricing#api-pricing', '2026-06-09')
const MISTRAL_SIZE = { maxOutput: 262_144, context: 262_144 }

const mistral: readonly CatalogEntry[] = [
  mistralModel('mistral-large-2512', { input: 0.5, output: 1.5 }, MISTRAL_SIZE),
  mistralModel('mistral-medium-2604', { input: 1.5, output: 7.5 }, MISTRAL_SIZE),
  mistralModel('mistral-medium-2508', { input: 0.4, output: 2 }, MISTRAL_SIZE),
  mistralModel('mistral-small-2603', { input: 0.15, output: 0.6 }, { maxOutput: 256_000, context: 256_000 }),
  mistralModel('codestral-2508', { input: 0.3, output: 0.9 }),
  mistralModel('devstral-2512', { input: 0.4, output: 2 }, MISTRAL_SIZE),
]

const kimiModel = listOf('https://platform.kimi.ai/docs/pricing/chat', '2026-06-15')
const KIMI_SIZE = { maxOutput: 262_144, context: 262_144 }

const kimi: readonly CatalogEntry[] = [
  listOf('https://platform.kimi.ai/docs/pricing/chat-k3', '2026-07-18')(
    'kimi-k3',
    { input: 3, cached: 0.3, output: 15 },
    { context: 1_048_576 },
  ),
  kimiModel('kimi-k2.7-code', { input: 0.95, cached: 0.19, output: 4 }, KIMI_SIZE),
  kimiModel('kimi-k2.7-code-highspeed', { input: 1.9, cached: 0.38, output: 8 }, KIMI_SIZE),
  kimiModel('kimi-k2.6', { input: 0.95, cached: 0.16, output: 4 }, KIMI_SIZE),
  kimiModel('kimi-k2.5', { input: 0.6, cached: 0.1, output: 3 }, KIMI_SIZE),
]

const GLM = 'https://docs.z.ai/guides/overview/pricing'
const glmModel = listOf(GLM, '2026-08-19')
const earlierGlm = listOf(GLM, '2026-07-01')
const GLM_5: Dollars = { input: 1.4, cached: 0.26, output: 4.4 }
const GLM_4: Dollars = { input: 0.6, cached: 0.11, output: 2.2 }
const GLM_4_SIZE = { maxOutput: 131_072, context: 204_800 }

const glm: readonly CatalogEntry[] = [
  glmModel('glm-5.3', GLM_5, { maxOutput: 131_072, context: 1_048_576 }),
  glmModel('glm-5.2', GLM_5, { maxOutput: 131_072, context: 1_000_000 }),
  earlierGlm('glm-5.1', GLM_5, { maxOutput: 131_072, context: 200_000 }),
  earlierGlm('glm-5', { input: 1, cached: 0.2, output: 3.2 }, GLM_4_SIZE),
  earlierGlm('glm-5-turbo', { input: 1.2, cached: 0.24, output: 4 }, { maxOutput: 131_072, context: 200_000 }),
  earlierGlm('glm-4.7', GLM_4, GLM_4_SIZE),
  earlierGlm('glm-4.6', GLM_4, GLM_4_SIZE),
  earlierGlm('glm-4.5', GLM_4, { maxOutput: 98_304, context: 131_072 }),
  earlierGlm('glm-4.5-air', { input: 0.2, cached: 0.03, output: 1.1 }, { maxOutput: 98_304, context: 131_072 }),
]

const qwenModel = listOf('https://www.alibabacloud.com/help/en/model-studio/models', '2026-07-01')
const QWEN_SIZE = { maxOutput: 65_536, context: 1_000_000 }
const QWEN_PLUS: Dollars = { input: 0.5, cached: 0.05, write: 0.625, output: 3 }
const QWEN_PLUS_LONG = { above: 256_000, input: 2, cached: 0.2, write: 2.5, output: 6 }

const qwen: readonly CatalogEntry[] = [
  qwenModel('qwen3.7-max', { input: 2.5, cached: 0.5, write: 3.125, output: 7.5 }, QWEN_SIZE),
  qwenModel('qwen3.7-plus', QWEN_PLUS, { ...QWEN_SIZE, long: QWEN_PLUS_LONG }),
  qwenModel('qwen3.6-plus', QWEN_PLUS, { ...QWEN_SIZE, long: QWEN_PLUS_LONG }),
]

const flash38 = listOf(GEMINI, '2026-10-07')

export const compatibleEntries: readonly CatalogEntry[] = [
  flash38('gemini-3.8-flash', FLASH, { ...GEMINI_SIZE, remark: 'Half price through 2026-12-31.' }),
  flash38('gemini-3.8-flash', FLASH_LATER, { ...GEMINI_SIZE, from: Date.UTC(2027, 0, 1) }),
  ...google,
  ...deepseek,
  ...mistral,
  ...kimi,
  ...glm,
  ...qwen,
]
