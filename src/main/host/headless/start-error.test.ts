import { describe, expect, it } from 'vitest'
import { AppError, errorCodes } from '../../../shared/errors.ts'
import { exitCodeOf, exitCodes } from './exit-codes.ts'
import { startErrorText } from './start-error.ts'

describe('start error', () => {
  it('says what, why, the next step and the code', () => {
    const text = startErrorText(new AppError('port_in_use', 'Port 4141 is taken.'))
    expect(text).toBe(
      'Weir did not start. Port 4141 is taken. Another program listens on the port. ' +
        'Next: Stop that program, or start with another --port. (port_in_use)\n',
    )
  })

  it('shows where a foreign error came from, and none of its words', () => {
    const text = startErrorText(new TypeError('sk-secret is not a key'))
    expect(text).toContain('internal')
    expect(text).toContain('TypeError')
    expect(text).toMatch(/\n\s+at /)
    expect(text).not.toContain('sk-secret')
  })
})

describe('exit codes', () => {
  it.each([
    ['invalid_option', 2],
    ['not_found', 3],
    ['state_conflict', 4],
    ['instance_not_running', 5],
    ['database_corrupt', 6],
    ['internal', 1],
  ] as const)('gives %s the code %i', (code, expected) => {
    expect(exitCodeOf(code)).toBe(expected)
  })

  it('names each error once, and none that does not exist', () => {
    const named = exitCodes.flatMap((row) => [...row.errors])
    expect(new Set(named).size).toBe(named.length)
    expect(named.filter((code) => !errorCodes.includes(code))).toEqual([])
  })
})
