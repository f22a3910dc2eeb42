/** What was done to limits by hand, as sentences of the audit log. Pure, and without zod. */
import type { AuditEntry } from './models/audit.ts'

type Facts = Pick<AuditEntry, 'before' | 'after'>

/** In words, with the sign of what is counted. */
const LIMITS: Readonly<Record<string, string>> = {
  requestsPerDay: 'requests per day',
  tokensPerDay: 'tokens per day',
  tokensPerWeek: 'tokens per week',
  budgetPerDay: 'budget per day',
  budgetPerWeek: 'budget per week',
  budgetPerMonth: 'budget per month',
  budgetTotal: 'budget in total',
}

export function raiseSentence({ after }: Facts): string {
  const [add, until] = [after?.['addNanos'], after?.['until']]
  if (typeof add !== 'number' || typeof until !== 'number') return 'Raised a budget of key {name}{in}'
  return `Raised the ${limitOf(after)} of key {name}{in} by *${dollars(add)}* until {at ${until}}`
}

export function raiseEndSentence({ before, after }: Facts): string {
  const add = before?.['addNanos']
  const by = typeof add === 'number' ? ` of *${dollars(add)}*` : ''
  return `Ended the raise${by} of the ${limitOf(after)} of key {name}{in}`
}

export function resetSentence({ before, after }: Facts): string {
  const [used, field] = [before?.['used'], after?.['limit']]
  if (typeof used !== 'number') return `Set the ${limitOf(after)} of key {name}{in} back`
  const isMoney = typeof field === 'string' && field.startsWith('budget')
  const amount = isMoney ? dollars(used) : used.toLocaleString('en-US')
  return `Set the ${limitOf(after)} of key {name}{in} back from *${amount}* used`
}

/** The override's pattern is what somebody typed, and is shown only as far as it can hold no marks. */
function limitOf(after: Facts['after']): string {
  const [field, model] = [after?.['limit'], after?.['model']]
  const name = (typeof field === 'string' ? LIMITS[field] : undefined) ?? 'limit'
  if (typeof model !== 'string') return name
  const isPlain = /^[\w.:/-]+$/.test(model.replace(/\*$/, ''))
  return isPlain && !model.endsWith('*') ? `${name} for *${model}*` : `${name} for some models`
}

/** Two digits behind the point, more where there are any. */
function dollars(nanos: number): string {
  const behind = String(nanos % 1_000_000_000)
    .padStart(9, '0')
    .replace(/0+$/, '')
    .padEnd(2, '0')
  return `$${Math.floor(nanos / 1_000_000_000).toLocaleString('en-US')}.${behind}`
}
