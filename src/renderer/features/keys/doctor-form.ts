/** What is asked of the Doctor: as it stands in the address, as it is typed, and as the core takes it. Pure. */
import type { RouteInput } from '../../../shared/contract.ts'
import type { DoctorRoute } from '../../../shared/models/doctor.ts'
import type { ClientKind } from '../../../shared/models/request.ts'
import { readCount, writeCount } from '../../lib/amount.ts'
import { clientNames } from '../../lib/client-names.ts'
import { choiceParam, numberParam, switchParam, textParam, type UrlState } from '../../lib/url-state.ts'

export const doctorRoutes = ['chat', 'responses', 'embeddings'] as const satisfies DoctorRoute[]
export const doctorClients = Object.keys(clientNames) as ClientKind[]

const LOCAL = '127.0.0.1'
const USUAL_INPUT = 1_000
const MAX_SIZE = 1_000_000_000

export const doctorParams = {
  /** Whether the question is put; else its form waits. */
  ask: switchParam(),
  model: textParam(),
  route: choiceParam(doctorRoutes, 'chat'),
  input: numberParam(),
  output: numberParam(),
  tier: textParam(),
  address: textParam(),
  client: choiceParam(doctorClients, 'other'),
}
export type DoctorParams = UrlState<typeof doctorParams>
export const doctorParamNames = Object.keys(doctorParams)

/** As typed. */
export interface DoctorForm {
  readonly model: string
  readonly route: DoctorRoute
  readonly input: string
  readonly output: string
  readonly tier: string
  readonly address: string
  readonly client: ClientKind
}

export function formOf({ model, route, input, output, tier, address, client }: DoctorParams): DoctorForm {
  return {
    model,
    route,
    input: writeCount(input ?? USUAL_INPUT),
    output: output === null ? '' : writeCount(output),
    tier,
    address: address === '' ? LOCAL : address,
    client,
  }
}

export interface FormProblems {
  readonly input: string | null
  readonly output: string | null
}

function sizeOf(text: string): { readonly value: number | null } | { readonly problem: string } {
  return text.trim() === '' ? { value: null } : readCount(text, MAX_SIZE)
}

function problemOf(text: string): string | null {
  const size = sizeOf(text)
  return 'problem' in size ? size.problem : null
}

function valueOf(text: string): number | null {
  const size = sizeOf(text)
  return 'problem' in size ? null : size.value
}

export function problemsOf({ input, output }: DoctorForm): FormProblems {
  return { input: problemOf(input), output: problemOf(output) }
}

/** For the address. Only of a form without problems. */
export function paramsOf(form: DoctorForm): DoctorParams {
  const { model, route, tier, client } = form
  const address = form.address.trim()
  return {
    ask: true,
    model: model.trim(),
    route,
    input: valueOf(form.input),
    output: valueOf(form.output),
    tier: tier.trim(),
    address: address === LOCAL ? '' : address,
    client,
  }
}

export function questionOf(key: string, params: DoctorParams): RouteInput<'key.doctor'> {
  const { model, route, input, output, tier, address, client } = params
  return {
    key,
    model,
    route,
    client,
    inputTokens: input ?? USUAL_INPUT,
    ...(output === null ? {} : { outputTokens: output }),
    ...(tier === '' ? {} : { serviceTier: tier }),
    ...(address === '' ? {} : { address }),
  }
}
