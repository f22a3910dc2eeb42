/** What a request's tokens are made of: fresh input, cached input, cache writes, output, reasoning. The figures are in words beside it. */
import type { TokenUsage, UsageSource } from '../../../shared/models/request.ts'
import { formatCount } from '../../lib/format.ts'
import classes from './token-bar.module.css'

export interface TokenPart {
  readonly name: 'fresh' | 'cached' | 'written' | 'output' | 'reasoning'
  readonly label: string
  readonly tokens: number
}

/** Parts that add up: cached and written are parts of input, reasoning of output. */
export function tokenParts({ input, cached, cacheWrite = 0, output, reasoning }: TokenUsage): readonly TokenPart[] {
  return [
    { name: 'fresh', label: 'Fresh input', tokens: Math.max(0, input - cached - cacheWrite) },
    { name: 'cached', label: 'Cached input', tokens: cached },
    // Most providers write nothing, or do not say so.
    ...(cacheWrite === 0 ? [] : [{ name: 'written', label: 'Cache write', tokens: cacheWrite } as const]),
    { name: 'output', label: 'Output', tokens: Math.max(0, output - reasoning) },
    { name: 'reasoning', label: 'Reasoning', tokens: reasoning },
  ]
}

const sources: Readonly<Record<UsageSource, string>> = {
  reported: 'as the provider reported',
  estimated: 'estimated, because the provider reported none',
  none: 'nothing was used',
}

export function sourceWords(source: UsageSource): string {
  return sources[source]
}

export function tokenWords(usage: TokenUsage, source: UsageSource): string {
  const parts = tokenParts(usage).filter(({ tokens }) => tokens > 0)
  if (parts.length === 0) return 'No tokens'
  const figures = parts.map(({ label, tokens }) => `${label}: ${formatCount(tokens)} tokens`)
  return [...figures, sources[source]].join('\n')
}

export function TokenBar({ usage }: { readonly usage: TokenUsage }) {
  return (
    <span className={classes['bar']} aria-hidden>
      {tokenParts(usage).map(({ name, tokens }) =>
        tokens === 0 ? null : <span key={name} data-part={name} style={{ flexGrow: tokens }} />,
      )}
    </span>
  )
}
