/** A key's limits as the request path needs them: the override of a model is found without walking all rows. */
import type { LimitAdjustments, LimitOverride, Limits } from '../../../shared/models/limit.ts'
import { adjustedLimits, type AdjustedLimits } from './adjusted.ts'
import { capsOf, type Cap } from './measures.ts'

export interface OverrideRule {
  /** Its counters go by this. */
  readonly id: string
  /** An exact id, or the beginning of ids before a trailing `*`. */
  readonly model: string
  readonly limits: Limits
  readonly caps: readonly Cap[]
  readonly adjusted: AdjustedLimits
}

export interface LimitRules {
  /** Null where only overrides are set. */
  readonly own: Limits | null
  readonly ownCaps: readonly Cap[]
  readonly adjusted: AdjustedLimits
  /** In the operator's order. */
  readonly overrides: readonly OverrideRule[]
  readonly exact: ReadonlyMap<string, OverrideRule>
  /** Longest beginning first. */
  readonly prefixes: readonly PrefixRule[]
  /** The last question to `ruleFor` and its answer: a request asks several times, and the next one mostly the same. */
  readonly last: { asked: string | null; sent: string | null; rule: OverrideRule | null }
}

export interface PrefixRule {
  readonly prefix: string
  readonly rule: OverrideRule
}

const NO_EXACT: ReadonlyMap<string, OverrideRule> = new Map()
const NO_PREFIXES: readonly PrefixRule[] = []
const UNADJUSTED: LimitAdjustments = { raises: [], resets: [] }

function hasAny(limits: Limits): boolean {
  return Object.values(limits).some((limit) => limit !== null)
}

/** Null where the key has neither a limit nor an override. What of `by` names no limit of the key does nothing. */
export function compileLimits(
  limits: Limits | null,
  overrides: readonly LimitOverride[] | null,
  by: LimitAdjustments = UNADJUSTED,
): LimitRules | null {
  const own = limits !== null && hasAny(limits) ? limits : null
  const adjusted = own === null ? null : adjustedLimits(by, null)
  const ownCaps = capsOf(own)
  if (overrides === null || overrides.length === 0) {
    if (own === null) return null
    return { own, ownCaps, adjusted, overrides: [], exact: NO_EXACT, prefixes: NO_PREFIXES, last: nothingAsked() }
  }
  const rules = overrides.map(({ id, model, limits }) => {
    const known = id ?? model
    return { id: known, model, limits, caps: capsOf(limits), adjusted: adjustedLimits(by, known) }
  })
  const exact = rules.filter(({ model }) => !model.endsWith('*'))
  const prefixes = rules
    .filter(({ model }) => model.endsWith('*'))
    .map((rule) => ({ prefix: rule.model.slice(0, -1), rule }))
    .sort((a, b) => b.prefix.length - a.prefix.length)
  return {
    own,
    ownCaps,
    adjusted,
    overrides: rules,
    exact: exact.length === 0 ? NO_EXACT : new Map(exact.map((rule) => [rule.model, rule])),
    prefixes,
    last: nothingAsked(),
  }
}

/** No override applies where no model is named. */
function nothingAsked(): LimitRules['last'] {
  return { asked: null, sent: null, rule: null }
}

/**
 * The one override that applies: an exact id before a beginning, a longer beginning before a shorter one. It may name the
 * model as asked or as sent; where both are named equally exactly, the asked one counts.
 */
export function ruleFor(rules: LimitRules | null, asked: string | null, sent: string | null): OverrideRule | null {
  if (rules === null || rules.overrides.length === 0) return null
  const { last } = rules
  if (last.asked !== asked || last.sent !== sent) {
    last.rule = findRule(rules, asked, sent)
    last.asked = asked
    last.sent = sent
  }
  return last.rule
}

function findRule(rules: LimitRules, asked: string | null, sent: string | null): OverrideRule | null {
  const exact = exactFor(rules, asked) ?? exactFor(rules, sent)
  if (exact !== null) return exact
  let ofSent: PrefixRule | null = null
  for (const entry of rules.prefixes) {
    if (ofSent !== null && entry.prefix.length < ofSent.prefix.length) break
    if (asked?.startsWith(entry.prefix) === true) return entry.rule
    if (ofSent === null && sent?.startsWith(entry.prefix) === true) ofSent = entry
  }
  return ofSent?.rule ?? null
}

function exactFor(rules: LimitRules, model: string | null): OverrideRule | null {
  return model === null ? null : (rules.exact.get(model) ?? null)
}

/** Whether a budget applies to a request, of the key or of the override that applies. */
export function hasBudget(rules: LimitRules | null, rule: OverrideRule | null): boolean {
  return capsBudget(rules?.own ?? null) || capsBudget(rule?.limits ?? null)
}

/** Whether a limit applies to a request for which its input tokens must be known: of tokens, or of what they cost. */
export function needsTokens(rules: LimitRules | null, rule: OverrideRule | null): boolean {
  return capsTokens(rules?.own ?? null) || capsTokens(rule?.limits ?? null) || hasBudget(rules, rule)
}

function capsBudget(limits: Limits | null): boolean {
  if (limits === null) return false
  const { budgetPerDay, budgetPerWeek, budgetPerMonth, budgetTotal } = limits
  return budgetPerDay !== null || budgetPerWeek !== null || budgetPerMonth !== null || budgetTotal !== null
}

function capsTokens(limits: Limits | null): boolean {
  if (limits === null) return false
  const { tokensPerMinute, tokensPerDay, tokensPerWeek, inputTokensPerRequest } = limits
  return tokensPerMinute !== null || tokensPerDay !== null || tokensPerWeek !== null || inputTokensPerRequest !== null
}

/** The most output tokens a request may have, of key and override the smaller; null is no cap, 0 denies. */
export function outputCap(rules: LimitRules | null, rule: OverrideRule | null): number | null {
  const own = rules?.own?.outputTokensPerRequest ?? null
  const override = rule?.limits.outputTokensPerRequest ?? null
  if (own === null) return override
  return override === null ? own : Math.min(own, override)
}
