import { describe, expect, it } from 'vitest'
import { noLimits } from '../../shared/models/limit.ts'
import { commands } from './commands.ts'
import { readLimits } from './key-limits.ts'
import { findCommand, parseCommand } from './parse.ts'

const row = { id: 'lim_1', model: 'gpt-5*', limits: { ...noLimits, tokensPerDay: 9 } }
const current = { limits: { ...noLimits, requestsPerMinute: 60, tokensPerDay: 5 }, limitOverrides: [row] }

function read(flags: string[], of: typeof current | null = current) {
  const argv = ['key', 'update', 'laptop', ...flags]
  const command = findCommand(argv, commands)
  if (command === undefined) throw new Error('no such command')
  return readLimits(parseCommand(argv, command), of)
}

describe('limits on the command line', () => {
  it('leave out what no flag names', () => {
    expect(read([])).toEqual({})
    expect(read(['--unpriced', 'free'])).toEqual({ unpriced: 'free' })
  })

  it('change the caps that are named, and lift those that are empty', () => {
    expect(
      read(['--limit', 'requests-per-minute=', '--limit', 'budget-per-day=$1,250.05', '--limit', 'tokens-per-week=0']),
    ).toEqual({
      limits: { ...noLimits, tokensPerDay: 5, budgetPerDay: 1_250_050_000_000, tokensPerWeek: 0 },
    })
    expect(read(['--no-limits'])).toEqual({ limits: noLimits })
    expect(read(['--limit', 'concurrent-requests=1_000'], null)).toEqual({
      limits: { ...noLimits, concurrentRequests: 1_000 },
    })
  })

  it('keep the row of a model with its id, and take a colon for a part of the model', () => {
    const flags = ['--model-limit', 'gpt-5*:requests-per-day=2', '--model-limit', 'local/llama:8b:tokens-per-day=3']
    const other = { model: 'local/llama:8b', limits: { ...noLimits, tokensPerDay: 3 } }
    const changed = { ...row, limits: { ...row.limits, requestsPerDay: 2 } }
    expect(read(flags)).toEqual({ limitOverrides: [changed, other] })
    expect(read(['--no-model-limits', ...flags.slice(2)])).toEqual({ limitOverrides: [other] })
    expect(read(['--no-model-limits'])).toEqual({ limitOverrides: [] })
  })

  it.each([
    [['--limit', 'requests=5'], 'NAME is one of requests-per-minute'],
    [['--limit', 'requests-per-day'], 'must be NAME=N'],
    [['--limit', 'requests-per-day=1.5'], 'a whole number'],
    [['--limit', 'budget-total=five'], 'in dollars'],
    [['--limit', 'budget-total=0.0000000001'], 'in dollars'],
    [['--model-limit', 'tokens-per-day=5'], 'must look like'],
    [['--unpriced', 'never'], 'must be one of refuse, warn, free'],
  ])('refuse %j', (flags, message) => {
    expect(() => read(flags)).toThrow(message)
  })
})
