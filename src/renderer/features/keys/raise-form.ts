/** More of a budget for a while, as the dialog asks for it. Pure. */
import type { LimitField, LimitState } from '../../../shared/models/limit.ts'
import { midnightAfter } from '../../../shared/zone.ts'
import { readUsd } from '../../lib/amount.ts'
import { momentOf } from './expiry.ts'

const HOUR_MS = 3_600_000
/** The furthest ahead that the core takes. */
export const MAX_RAISE_DAYS = 366
const MAX_RAISE_MS = MAX_RAISE_DAYS * 24 * HOUR_MS
/** Of a budget with its raise, nano-dollars. */
const MAX_BUDGET = 1_000_000_000_000_000

export const untilChoices = ['hour', 'day', 'period', 'custom'] as const
export type UntilChoice = (typeof untilChoices)[number]

export interface RaiseForm {
  /** Dollars, as typed. */
  readonly amount: string
  readonly until: UntilChoice
  /** For `custom`: `2026-03-01T14:05`, in the zone of this machine. */
  readonly typed: string
}

export const emptyRaise: RaiseForm = { amount: '', until: 'day', typed: '' }

export interface RaiseWorld {
  readonly state: Pick<LimitState, 'field' | 'limit' | 'raisedBy' | 'resetAt'>
  readonly now: number
  /** Whose days budgets count. */
  readonly zone: string
}

const labels = { hour: '1 hour', day: 'End of the day', custom: 'Other' } as const
/** The ends of periods that are not those of a day. */
const periodLabels: Readonly<Partial<Record<LimitField, string>>> = {
  budgetPerWeek: 'End of the week',
  budgetPerMonth: 'End of the month',
}

/** A budget per day ends with the day, and one in total never. */
export function untilOptions({ field }: RaiseWorld['state']): { value: UntilChoice; label: string }[] {
  const period = periodLabels[field]
  return untilChoices.flatMap((value): { value: UntilChoice; label: string }[] => {
    if (value !== 'period') return [{ value, label: labels[value] }]
    return period === undefined ? [] : [{ value, label: period }]
  })
}

/** Null where it cannot be read, or there is none. */
export function untilOf({ until, typed }: RaiseForm, { state, now, zone }: RaiseWorld): number | null {
  switch (until) {
    case 'hour':
      return now + HOUR_MS
    case 'day':
      return midnightAfter(zone, now)
    case 'period':
      return state.resetAt
    case 'custom':
      return momentOf(typed)
  }
}

/** The limit without its raise. */
export function ownLimit({ limit, raisedBy }: Pick<LimitState, 'limit' | 'raisedBy'>): number {
  return limit - raisedBy
}

/** Nano-dollars on top; null where it cannot be read. */
export function amountOf({ amount }: RaiseForm, { state }: RaiseWorld): number | null {
  const read = readUsd(amount, MAX_BUDGET - ownLimit(state))
  return 'value' in read && read.value > 0 ? read.value : null
}

/** What is wrong with the amount; null for nothing. */
export function amountProblem({ amount }: RaiseForm, { state }: RaiseWorld): string | null {
  if (amount.trim() === '') return 'Say by how much.'
  const read = readUsd(amount, MAX_BUDGET - ownLimit(state))
  if ('problem' in read) return read.problem
  return read.value === 0 ? 'Give more than $0.' : null
}

/** What is wrong with the end; null for nothing. */
export function untilProblem(form: RaiseForm, world: RaiseWorld): string | null {
  const at = untilOf(form, world)
  if (at === null) return form.typed === '' ? 'Say until when.' : 'This is no date with a time.'
  if (at <= world.now) return 'This moment is past; choose one to come.'
  return at - world.now > MAX_RAISE_MS ? `At most ${MAX_RAISE_DAYS} days ahead.` : null
}
