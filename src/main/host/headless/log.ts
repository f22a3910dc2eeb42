/** Log lines on stderr: time, level, message, facts. Values are quoted as JSON, so no value can forge a line. */
import type { LogLevel } from '../../options.ts'
import type { HostLog } from './core.ts'

const rank: Record<LogLevel, number> = { silent: 0, error: 1, warn: 2, info: 3 }

export function createLog(level: LogLevel, write: (line: string) => void, now: () => number = Date.now): HostLog {
  function at(own: Exclude<LogLevel, 'silent'>): HostLog['info'] {
    if (rank[own] > rank[level]) return () => {}
    return (message, facts) => {
      const rest = Object.entries(facts ?? {}).map(([name, value]) => ` ${name}=${readable(value)}`)
      write(`${new Date(now()).toISOString()} ${own.padEnd(5)} ${oneLine(message)}${rest.join('')}\n`)
    }
  }
  return { error: at('error'), warn: at('warn'), info: at('info') }
}

function readable(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(`${value.name}: ${value.message}`)
  return JSON.stringify(value) ?? 'undefined'
}

function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}
