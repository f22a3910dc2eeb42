/** The fields of a Pool's routing: what is typed, what is wrong with it, and what it comes to. Pure. */
import type { Problem } from '../../components/wizard-model.ts'
import { optionalNumber, wholeProblem, type Typed } from '../../lib/optional-number.ts'
import type { Pool } from './pool-rows.ts'

export type Routing = Pool['routing']

export interface RoutingForm {
  readonly maxAttempts: Typed
  readonly maxConcurrent: Typed
  readonly queueLength: Typed
  readonly queueWaitSeconds: Typed
  readonly fallbackPoolId: string | null
  readonly sticky: boolean
}

export type RoutingNumber = Exclude<keyof RoutingForm, 'fallbackPoolId' | 'sticky'>

/** Nothing but the settings, as the contract has it. */
export const usualRouting: Routing = {
  maxAttempts: null,
  maxConcurrent: null,
  queueLength: 0,
  queueWaitMs: 10_000,
  fallbackPoolId: null,
  sticky: true,
}

const ranges = {
  maxAttempts: { min: 1, max: 20 },
  maxConcurrent: { min: 1, max: 10_000 },
  queueLength: { min: 0, max: 10_000 },
} as const
const MAX_WAIT_SECONDS = 600

export const routingIds: Readonly<Record<keyof RoutingForm, string>> = {
  maxAttempts: 'pool-max-attempts',
  maxConcurrent: 'pool-max-concurrent',
  queueLength: 'pool-queue-length',
  queueWaitSeconds: 'pool-queue-wait',
  fallbackPoolId: 'pool-fallback',
  sticky: 'pool-sticky',
}

const names: Readonly<Record<RoutingNumber, string>> = {
  maxAttempts: 'Upstreams per request',
  maxConcurrent: 'Requests at the same time',
  queueLength: 'Requests that may wait',
  queueWaitSeconds: 'Longest wait',
}

export function routingFormOf(routing: Routing): RoutingForm {
  const isQueued = routing.queueLength > 0
  return {
    maxAttempts: routing.maxAttempts ?? '',
    maxConcurrent: routing.maxConcurrent ?? '',
    queueLength: isQueued ? routing.queueLength : '',
    queueWaitSeconds: isQueued ? routing.queueWaitMs / 1_000 : '',
    fallbackPoolId: routing.fallbackPoolId,
    sticky: routing.sticky,
  }
}

/** Only of a form without problems. How long one waits is as usual where nobody does, since it is not shown. */
export function routingOf(form: RoutingForm): Routing {
  const queueLength = optionalNumber(form.queueLength) ?? 0
  const seconds = queueLength === 0 ? null : optionalNumber(form.queueWaitSeconds)
  return {
    maxAttempts: optionalNumber(form.maxAttempts),
    maxConcurrent: optionalNumber(form.maxConcurrent),
    queueLength,
    queueWaitMs: seconds === null ? usualRouting.queueWaitMs : Math.round(seconds * 1_000),
    fallbackPoolId: form.fallbackPoolId,
    sticky: form.sticky,
  }
}

/** Somebody may wait, so how long is asked. */
export function hasQueue(form: RoutingForm): boolean {
  return (optionalNumber(form.queueLength) ?? 0) > 0
}

export function routingProblem(form: RoutingForm, field: RoutingNumber): string | null {
  const value = form[field]
  if (field === 'queueWaitSeconds') return hasQueue(form) ? waitProblem(value) : null
  return wholeProblem(value, ranges[field])
}

function waitProblem(value: Typed): string | null {
  const seconds = optionalNumber(value)
  if (seconds === null && value === '') return null
  const isRight = seconds !== null && seconds >= 0.001 && seconds <= MAX_WAIT_SECONDS
  return isRight ? null : 'Seconds, above 0 and at most 600, or nothing.'
}

export function routingProblems(form: RoutingForm): Problem[] {
  return (Object.keys(names) as RoutingNumber[]).flatMap((field) => {
    const wrong = routingProblem(form, field)
    return wrong === null ? [] : [{ message: `${names[field]}: ${wrong}`, fieldId: routingIds[field] }]
  })
}

/** The field that the core meant by `routing.queueWaitMs`. */
export function routingFieldId(name: string | undefined): string {
  if (name === 'queueWaitMs') return routingIds.queueWaitSeconds
  return name !== undefined && Object.hasOwn(routingIds, name)
    ? routingIds[name as keyof RoutingForm]
    : routingIds.fallbackPoolId
}
