/** One model under the ids that single upstreams have for it. */
import type { Errand } from './breakers.ts'

/** What is sent for a model: one id to all, but for the upstreams that call it otherwise. */
export interface SentModel {
  readonly model: string
  /** By upstream id; null or left out where all call it the same, as nearly always. */
  readonly modelBy?: ReadonlyMap<string, string> | null
}

export function modelAt({ model, modelBy }: SentModel, upstreamId: string): string {
  return modelBy?.get(upstreamId) ?? model
}

/** As the breakers of that upstream know it: by what it is asked. */
export function errandAt(errand: Errand & SentModel, upstreamId: string): Errand {
  const { modelBy } = errand
  return modelBy?.has(upstreamId) === true ? { model: modelAt(errand, upstreamId), dialect: errand.dialect } : errand
}
