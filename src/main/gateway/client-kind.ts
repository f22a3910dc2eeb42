import type { ClientKind } from '../../shared/models/request.ts'

const BY_AGENT: readonly (readonly [RegExp, ClientKind])[] = [
  [/^codex/i, 'codex'],
  [/^opencode\//i, 'opencode'],
  [/^claude-(?:cli|code)\//i, 'claude-code'],
  [/^(?:async)?openai\//i, 'openai-sdk'],
  [/^(?:async)?anthropic\//i, 'anthropic-sdk'],
  [/\bai(?:-sdk)?\//i, 'ai-sdk'],
  [/^curl\//i, 'curl'],
]

const known = new Map<string, ClientKind>()

/**
 * Which program calls, by its own words: errors and keep-alives take the form it honours. Never a matter of trust.
 * Only the kind is kept, the header itself is not.
 */
export function clientKindOf(userAgent: string | null, originator: string | null): ClientKind {
  if (originator?.startsWith('codex') === true) return 'codex'
  if (userAgent === null) return 'other'
  const cached = known.get(userAgent)
  if (cached !== undefined) return cached
  const kind = BY_AGENT.find(([pattern]) => pattern.test(userAgent))?.[1] ?? 'other'
  // Few distinct values in practice; the bound is against a client that sends a new one each time.
  if (known.size >= 500) known.clear()
  known.set(userAgent, kind)
  return kind
}
