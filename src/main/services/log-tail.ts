/** The newest lines of the log, kept for the diagnostics bundle. Of an error only its name and code: words may hold more. */
import type { Log } from '../gateway/ports.ts'
import { factsOf, type Facts } from './sanitise.ts'

const KEPT = 200

export interface LogLine {
  readonly at: number
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly facts: Facts | null
}

export interface TailedLog {
  /** Passes on what it is told. */
  readonly log: Log
  /** Oldest first. */
  tail(): LogLine[]
}

export function createLogTail(log: Log, now: () => number): TailedLog {
  const lines: LogLine[] = []
  const at = (level: LogLine['level']): Log['info'] => {
    return (message, facts) => {
      lines.push({ at: now(), level, message, facts: facts === undefined ? null : plain(facts) })
      if (lines.length > KEPT) lines.shift()
      log[level](message, facts)
    }
  }
  return { log: { info: at('info'), warn: at('warn'), error: at('error') }, tail: () => [...lines] }
}

function plain(facts: Readonly<Record<string, unknown>>): Facts {
  const known = Object.entries(facts).map(([name, value]) => [name, value instanceof Error ? nameOf(value) : value])
  const record = Object.fromEntries(known) as Record<string, unknown>
  return factsOf(record, Object.keys(record))
}

function nameOf(error: Error): string {
  return 'code' in error ? `${error.name} ${String(error.code)}` : error.name
}
