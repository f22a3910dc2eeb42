/** Limits by hand: more of a budget for a while, and what was used counted no more. */
import { AppError } from '../../../shared/errors.ts'
import { dollarsInWords, limitInWords, limitLabel } from '../../../shared/limit-policy.ts'
import type { PoolKey } from '../../../shared/models/key.ts'
import {
  MAX_RAISE_MS,
  resettableField,
  type BudgetField,
  type LimitState,
  type ResettableField,
} from '../../../shared/models/limit.ts'
import { choice, required } from '../arguments.ts'
import type { Answer, Command, Context, FlagSpec, Input } from '../command.ts'
import { count, table, time } from '../format.ts'
import { flagName, nanosOf } from '../key-limits.ts'
import { findKey } from '../lookup.ts'
import { parseSpan } from '../moment.ts'

const BUDGETS = {
  day: 'budgetPerDay',
  week: 'budgetPerWeek',
  month: 'budgetPerMonth',
  total: 'budgetTotal',
} as const satisfies Record<string, BudgetField>
const budgetNames = Object.keys(BUDGETS) as (keyof typeof BUDGETS)[]

const one = [{ name: 'KEY' }] as const
const poolFlag: FlagSpec = { name: 'pool', value: 'NAME', help: 'The Pool that the key belongs to.' }
const modelFlag: FlagSpec = {
  name: 'model',
  value: 'MODEL',
  help: 'The limit for these models, as it was set: gpt-5*.',
}
const budgetFlag: FlagSpec = { name: 'budget', value: budgetNames.join('|'), help: 'Which budget.' }

export const budgetCommands: readonly Command[] = [
  {
    words: ['key', 'usage'],
    args: one,
    flags: [poolFlag],
    help: 'How full the limits of a key are, and when they are free again.',
    run: usage,
  },
  {
    words: ['key', 'raise'],
    args: one,
    flags: [
      poolFlag,
      budgetFlag,
      { name: 'by', value: 'DOLLARS', help: 'How much more, like 5.00.' },
      { name: 'for', value: 'SPAN', help: 'For how long, as 2h; at most 366d. An earlier raise of the budget ends.' },
      modelFlag,
    ],
    help: 'Raise a budget for a while.',
    run: raise,
  },
  {
    words: ['key', 'end-raise'],
    args: one,
    flags: [poolFlag, budgetFlag, modelFlag],
    help: 'End the raise of a budget now.',
    run: endRaise,
  },
  {
    words: ['key', 'reset'],
    args: one,
    flags: [
      poolFlag,
      { name: 'limit', value: 'NAME', help: `One of ${resettableField.options.map(flagName).join(', ')}.` },
      modelFlag,
    ],
    help: 'Count no more what was used of a limit in its running period.',
    run: reset,
  },
]

/** The row of the key whose models are named so; null for the key itself. */
function overrideOf(input: Input, key: PoolKey): string | null {
  const model = input.text('model')
  if (model === undefined) return null
  const row = key.limitOverrides.find((each) => each.model === model)
  if (row?.id !== undefined) return row.id
  const known = key.limitOverrides.map((each) => each.model).join(', ') || 'none'
  throw new AppError('invalid_option', `--model is "${model}", but the key has limits of its own for ${known} only.`)
}

function budgetOf(input: Input): BudgetField {
  required(input, 'budget')
  return BUDGETS[choice(input, 'budget', budgetNames) ?? 'day']
}

/** `budget-per-day`, or as the contract writes it. */
function fieldOf(input: Input): ResettableField {
  const text = required(input, 'limit')
  const field = resettableField.options.find((known) => known === text || flagName(known) === text)
  if (field !== undefined) return field
  const names = resettableField.options.map(flagName).join(', ')
  throw new AppError('invalid_option', `--limit is "${text}", but must be one of ${names}.`)
}

async function usage({ call, input }: Context): Promise<Answer> {
  const key = await findKey(call, input.args[0] ?? '', input.text('pool'))
  const answer = await call('key.usage', { id: key.id })
  const rows = answer.states.map((state) => [
    limitLabel(state.field),
    state.model ?? 'all',
    amountOf(state, state.used),
    amountOf(state, state.limit),
    state.raisedUntil === null ? '-' : `${amountOf(state, state.raisedBy)} until ${time(state.raisedUntil)}`,
    time(state.resetAt),
    time(state.fullAt),
  ])
  const head = ['Limit', 'Models', 'Used', 'Of', 'Raised by', 'Resets', 'Full at this pace']
  return { json: answer, text: table(head, rows, `The key "${key.name}" has no limits.`) }
}

function amountOf({ field }: LimitState, value: number): string {
  return field.startsWith('budget') ? dollarsInWords(value) : count(value)
}

async function raise({ call, input, io }: Context): Promise<Answer> {
  const key = await findKey(call, input.args[0] ?? '', input.text('pool'))
  const field = budgetOf(input)
  const addNanos = nanosOf(required(input, 'by'), '--by')
  const until = io.now() + parseSpan('for', required(input, 'for'), MAX_RAISE_MS)
  const overrideId = overrideOf(input, key)
  const changed = await call('key.raiseBudget', { id: key.id, overrideId, field, addNanos, until })
  const to = wordsOf(changed, { overrideId, field }, addNanos)
  return { json: changed, text: `The key "${key.name}" may use ${to} until ${time(until)}.\n` }
}

async function endRaise({ call, input }: Context): Promise<Answer> {
  const key = await findKey(call, input.args[0] ?? '', input.text('pool'))
  const place = { overrideId: overrideOf(input, key), field: budgetOf(input) }
  const changed = await call('key.endRaise', { id: key.id, ...place })
  return { json: changed, text: `The key "${key.name}" may use ${wordsOf(changed, place, 0)}.\n` }
}

/** `$15.00 a day`. */
function wordsOf(key: PoolKey, place: { overrideId: string | null; field: BudgetField }, more: number): string {
  const row = place.overrideId === null ? key : key.limitOverrides.find(({ id }) => id === place.overrideId)
  return limitInWords(place.field, (row?.limits[place.field] ?? 0) + more)
}

async function reset({ call, input }: Context): Promise<Answer> {
  const key = await findKey(call, input.args[0] ?? '', input.text('pool'))
  const field = fieldOf(input)
  const changed = await call('key.resetLimit', { id: key.id, overrideId: overrideOf(input, key), field })
  const name = limitLabel(field).toLowerCase()
  return { json: changed, text: `What the key "${key.name}" used of its ${name} counts no more.\n` }
}
