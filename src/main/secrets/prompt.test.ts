import { describe, expect, it } from 'vitest'
import { edit } from './prompt.ts'

describe('prompt', () => {
  it.each([
    { keys: 'pass word\r', line: 'pass word', ended: 'entered' },
    { keys: 'pass', line: 'pass', ended: null },
    { keys: 'pä😀\u007F\u007Fass\n', line: 'pass', ended: 'entered' },
    { keys: '\u007F\u007Fok\r', line: 'ok', ended: 'entered' },
    { keys: 'wrong\u0015right\r', line: 'right', ended: 'entered' },
    { keys: 'a\u001B[Db\u001B[1;5Cc\u001BOAd\r', line: 'abcd', ended: 'entered' },
    { keys: 'secret\u0003', line: '', ended: 'cancelled' },
    { keys: '\u0004', line: '', ended: 'cancelled' },
    { keys: 'a\u0004b\r', line: 'ab', ended: 'entered' },
  ])('reads the keys $keys', ({ keys, line, ended }) => {
    const result = edit([], keys)
    expect(result.line.join('')).toBe(line)
    expect(result.ended).toBe(ended)
  })

  it('goes on where the last burst of keys ended', () => {
    const first = edit([], 'pas')
    expect(edit(first.line, 's\r').line.join('')).toBe('pass')
  })
})
