/** What the steps of an explanation are made with. */
import { AppError } from '../../shared/errors.ts'
import type { DoctorFact, DoctorStep, DoctorStepId, DoctorVerdict } from '../../shared/models/doctor.ts'
import type { Finding } from './explain-world.ts'

const TITLES: Readonly<Record<DoctorStepId, string>> = {
  gateway: 'Gateway',
  credential: 'Credential',
  tokenRevoked: 'Revocation of the token',
  tokenExpiry: 'End of the token',
  tokenAddress: 'Address, token',
  revoked: 'Revocation',
  expiry: 'Expiry',
  paused: 'Pause',
  address: 'Address',
  pool: 'Pool',
  size: 'Size of the body',
  model: 'Model policy',
  fields: 'Enforced fields',
  upstreams: 'Upstreams',
  price: 'Price',
  limits: 'Limits and budgets',
}

export type Fix = NonNullable<DoctorStep['fix']>

interface Told {
  readonly summary: string
  readonly facts?: readonly DoctorFact[]
  readonly fix?: Fix
}

/** A step that lets the request pass. */
export function passed(id: DoctorStepId, told: Told, verdict: Exclude<DoctorVerdict, 'fail'> = 'pass'): Finding {
  const { summary, facts = [], fix = null } = told
  return { step: { id, title: TITLES[id], verdict, summary, facts: [...facts], code: null, fix }, refusal: null }
}

/** A step that refuses it, in the words that a client would read. */
export function refused(id: DoctorStepId, refusal: AppError, fix: Fix, facts: readonly DoctorFact[] = []): Finding {
  const { code, message } = refusal
  return { step: { id, title: TITLES[id], verdict: 'fail', summary: message, facts: [...facts], code, fix }, refusal }
}

export function skipped(id: DoctorStepId, summary: string): Finding {
  return passed(id, { summary }, 'skipped')
}

export function fact(
  label: string,
  value: string,
  { verdict = null, at = null }: { readonly verdict?: DoctorVerdict | null; readonly at?: number | null } = {},
): DoctorFact {
  return { label, value, verdict, at }
}

/** `12,500` */
export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** What a function of the pipeline gives, or what it refuses with. Anything else that it throws is thrown on. */
export function attempted<T>(act: () => T): { readonly value: T; readonly refusal: null } | Refused {
  try {
    return { value: act(), refusal: null }
  } catch (error) {
    if (error instanceof AppError) return { value: null, refusal: error }
    throw error
  }
}

interface Refused {
  readonly value: null
  readonly refusal: AppError
}
