/** What a provider's own list says of a model beyond its id. */
import { z } from 'zod'

export const modelFacts = z.object({
  id: z.string(),
  name: z.string().nullable(),
  /** Tokens; null where the provider does not say. */
  contextWindow: z.number().int().nullable(),
  maxOutput: z.number().int().nullable(),
  /** Efforts that it takes, in the provider's words. */
  efforts: z.array(z.string()),
  /** `text`, `image`, `audio`. Empty where the provider does not say. */
  inputs: z.array(z.string()),
  hasTools: z.boolean().nullable(),
  /** Codex's own models: asked in the lite form by the provider's word; null where it does not say. */
  isLite: z.boolean().nullable(),
  /** Not meant for lists, by the provider's word. */
  isHidden: z.boolean(),
})
export type ModelFacts = z.infer<typeof modelFacts>
