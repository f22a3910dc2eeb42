/** Limits of a Pool key as flags: one set for create and update. What no flag names is left out, and so stays. */
import { AppError } from '../../shared/errors.ts'
import { scaledDecimal } from '../../shared/decimal.ts'
import type { PoolKey } from '../../shared/models/key.ts'
import {
  limitField,
  noLimits,
  unpricedPolicy,
  type LimitField,
  type LimitOverride,
  type Limits,
  type UnpricedPolicy,
} from '../../shared/models/limit.ts'
import { choice } from './arguments.ts'
import type { FlagSpec, Input } from './command.ts'

export const limitFlags: readonly FlagSpec[] = [
  {
    name: 'limit',
    value: 'NAME=N',
    many: true,
    help: 'Cap, like requests-per-minute=60 or budget-per-day=5.00; empty lifts it, 0 denies.',
  },
  { name: 'no-limits', help: 'Lift every cap of the key that is not named.' },
  {
    name: 'model-limit',
    value: 'MODEL:NAME=N',
    many: true,
    help: 'Cap for a model, or for ids that begin alike: gpt-5*:tokens-per-day=1000000.',
  },
  { name: 'no-model-limits', help: 'Drop the caps of every model that is not named.' },
  {
    name: 'unpriced',
    value: unpricedPolicy.options.join('|'),
    help: 'What a budget does with a model without a price.',
  },
]

export interface LimitFields {
  limits?: Limits
  limitOverrides?: LimitOverride[]
  unpriced?: UnpricedPolicy
}

type Current = Pick<PoolKey, 'limits' | 'limitOverrides'>

/** `current` is the key that is changed; null for a new one. */
export function readLimits(input: Input, current: Current | null): LimitFields {
  const fields: LimitFields = {}
  const own = input.list('limit')
  if (own.length > 0 || input.isOn('no-limits')) {
    const before = input.isOn('no-limits') ? noLimits : (current?.limits ?? noLimits)
    fields.limits = own.reduce((limits, text) => withCap(limits, text, '--limit'), { ...before })
  }
  const ofModels = input.list('model-limit')
  if (ofModels.length > 0 || input.isOn('no-model-limits')) {
    const rows = new Map<string, LimitOverride>()
    for (const row of current?.limitOverrides ?? []) rows.set(row.model, row)
    const named = new Set<string>()
    for (const text of ofModels) named.add(addModelCap(rows, text))
    fields.limitOverrides = [...rows.values()].filter(({ model }) => named.has(model) || !input.isOn('no-model-limits'))
  }
  const unpriced = choice(input, 'unpriced', unpricedPolicy.options)
  if (unpriced !== undefined) fields.unpriced = unpriced
  return fields
}

/** Returns the model. */
function addModelCap(rows: Map<string, LimitOverride>, text: string): string {
  const [, model, cap] = /^(.+):([a-z-]+=.*)$/.exec(text) ?? []
  if (model === undefined || cap === undefined) {
    throw new AppError(
      'invalid_option',
      `--model-limit is "${text}", but must look like gpt-5*:tokens-per-day=1000000.`,
    )
  }
  const row = rows.get(model) ?? { model, limits: { ...noLimits } }
  rows.set(model, { ...row, limits: withCap(row.limits, cap, '--model-limit') })
  return model
}

/** `requestsPerMinute` as people type it. */
export function flagName(field: LimitField): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function withCap(limits: Limits, text: string, flag: string): Limits {
  const [, name = '', value = ''] = /^([a-z-]+)=(.*)$/.exec(text) ?? []
  const field = limitField.options.find((known) => flagName(known) === name)
  if (field === undefined) {
    const names = limitField.options.map(flagName).join(', ')
    throw new AppError('invalid_option', `${flag} is "${text}", but must be NAME=N, where NAME is one of ${names}.`)
  }
  return { ...limits, [field]: value.trim() === '' ? null : amount(field, value.trim(), flag) }
}

/** Dollars become nano-dollars. */
function amount(field: LimitField, text: string, flag: string): number {
  const digits = text.replaceAll(/[_,]/g, '')
  if (field.startsWith('budget')) return nanosOf(text, flag)
  if (/^\d{1,15}$/.test(digits)) return Number(digits)
  throw new AppError('invalid_option', `${flag} has "${text}", but must have a whole number.`)
}

/** Dollars as typed, in nano-dollars. */
export function nanosOf(text: string, flag: string): number {
  const digits = text.replaceAll(/[_,]/g, '')
  const nanos = /^\$?\d+(?:\.\d{1,9})?$/.test(digits) ? scaledDecimal(digits.replace('$', ''), 9) : null
  if (nanos !== null) return nanos
  throw new AppError('invalid_option', `${flag} has "${text}", but a budget is given in dollars, like 5.00.`)
}
