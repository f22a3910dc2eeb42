/** The part of the contract that tries routing out: nothing that it does changes what the gateway knows. */
import type { z } from 'zod'
import { job } from './models/job.ts'
import { planDraft, planPreview, planQuestion, replayInput } from './models/plan-preview.ts'

export const planRoutes = {
  /** How a request would be routed at this moment, and with a draft how it would be by that. */
  'pool.previewPlan': { input: planQuestion.extend({ draft: planDraft.optional() }), output: planPreview },
  /** Sends the Pool's past traffic through its saved plan and a drafted one. The figures are the job's result. */
  'pool.replay': { input: replayInput, output: job },
} satisfies Record<string, { input: z.ZodType; output: z.ZodType }>
