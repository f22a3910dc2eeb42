import { describe, expect, it } from 'vitest'
import { createLog } from './log.ts'

function lines(level: Parameters<typeof createLog>[0]): string[] {
  const written: string[] = []
  const log = createLog(
    level,
    (line) => written.push(line),
    () => 0,
  )
  log.info('hello', { port: 4141 })
  log.warn('careful')
  log.error('broken\nforged line', { cause: new TypeError('a\nb') })
  return written
}

describe('log', () => {
  it('writes one line per message, whatever is in it', () => {
    expect(lines('info')).toEqual([
      '1970-01-01T00:00:00.000Z info  hello port=4141\n',
      '1970-01-01T00:00:00.000Z warn  careful\n',
      '1970-01-01T00:00:00.000Z error broken forged line cause="TypeError: a\\nb"\n',
    ])
  })

  it('leaves out what is below its level', () => {
    expect(['warn', 'error', 'silent'].map((level) => lines(level as 'warn').length)).toEqual([2, 1, 0])
  })
})
