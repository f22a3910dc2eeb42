import { describe, expect, it } from 'vitest'
import { formatTime } from '../../lib/format.ts'
import { diffOf, pathWords } from './diff.ts'

const ups = (letter: string) => `ups_${letter.repeat(16)}`

/** As `path: before → after`, own lines in `*`. */
function shown(before: Parameters<typeof diffOf>[0], after: Parameters<typeof diffOf>[1]): string[] {
  const side = (lines: ReturnType<typeof diffOf>[number]['before']) =>
    lines === null ? '–' : lines.map(({ text, isOwn }) => (isOwn ? `*${text}*` : text)).join(' ')
  return diffOf(before, after).map((row) => `${row.path.join('/')}: ${side(row.before)} → ${side(row.after)}`)
}

describe('the diff of an entry', () => {
  it.each([
    ['a changed field', { name: 'a', status: 'active' }, { name: 'b', status: 'active' }, ['name: *a* → *b*']],
    ['a field that was not there', { name: 'a' }, { name: 'a', notes: '' }, ['notes: – → *empty*']],
    ['what was created', null, { name: 'a', expiresAt: null }, ['name: – → *a*', 'expiresAt: – → *none*']],
    ['what was deleted', { keys: 1_200, enabled: true }, null, ['keys: *1,200* → –', 'enabled: *yes* → –']],
    ['items of a list', { models: ['a', 'b'] }, { models: ['b', 'c'] }, ['models: *a* b → b *c*']],
    ['a list that was empty', { models: [] }, { models: ['a'] }, ['models: *none* → *a*']],
    ['an object that was none', { simulator: null }, { simulator: { words: 3 } }, ['simulator/words: – → *3*']],
    [
      'a list that had no members',
      { assignments: [] },
      { assignments: [{ id: 'x', weight: 1 }] },
      ['assignments/x/weight: – → *1*'],
    ],
    [
      'nested fields',
      { policy: { mode: 'all', ids: [] } },
      { policy: { mode: 'some', ids: [] } },
      ['policy/mode: *all* → *some*'],
    ],
    [
      'limits of a key, model by model',
      { limits: { budgetPerDay: 5e9 }, limitOverrides: {} },
      { limits: {}, limitOverrides: { 'gpt-5*': { tokensPerDay: 1_000 } } },
      ['limits/budgetPerDay: *$5.00* → –', 'limitOverrides/gpt-5*/tokensPerDay: – → *1,000*'],
    ],
    ['nothing', { a: 1 }, { a: 1 }, []],
    ['no facts at all', null, null, []],
  ])('shows %s', (_, before, after, rows) => {
    expect(shown(before, after)).toEqual(rows)
  })

  it('follows the members of a list by what names them, not by their place', () => {
    const [a, b] = [ups('A'), ups('B')]
    const before = {
      assignments: [
        { upstreamId: a, priority: 1 },
        { upstreamId: b, priority: 2 },
      ],
    }
    const after = { assignments: [{ upstreamId: b, priority: 1 }] }
    expect(shown(before, after)).toEqual([`assignments/${a}/priority: *1* → –`, `assignments/${b}/priority: *2* → *1*`])
  })

  it('shows what was done to a budget in dollars, to another limit as a count', () => {
    expect(shown(null, { limit: 'budgetPerDay', cap: 25e7, addNanos: 7e7 })).toEqual([
      'limit: – → *Budget per day*',
      'capNanos: – → *$0.250*',
      'addNanos: – → *$0.070*',
    ])
    expect(shown({ used: 5e9 }, { limit: 'budgetTotal', used: 0 })).toEqual([
      'usedNanos: *$5.00* → *$0*',
      'limit: – → *Budget total*',
    ])
    expect(shown({ used: 1_200 }, { limit: 'tokensPerDay', used: 0 })).toEqual([
      'used: *1,200* → *0*',
      'limit: – → *Tokens per day*',
    ])
  })

  it('gives figures their unit', () => {
    const at = Date.UTC(2026, 2, 1)
    expect(shown(null, { 'gateway.idleTimeoutMs': 1_234, bytes: 2_048, until: at, 'gateway.port': 4141 })).toEqual([
      'gateway.idleTimeoutMs: – → *1,234 ms (1.23 s)*',
      'bytes: – → *2,048 B (2 KB)*',
      `until: – → *${formatTime(at)}*`,
      'gateway.port: – → *4141*',
    ])
  })
})

describe('the words of a path', () => {
  it.each([
    [['baseUrl'], 'Base URL'],
    [['maxTokens'], 'Max tokens'],
    [['addNanos'], 'Raised by'],
    [['gateway.idleTimeoutMs'], 'gateway.idleTimeoutMs'],
    [['assignments', ups('A'), 'priority'], 'Assignments, Spare, priority'],
  ])('of %j', (path, words) => {
    expect(pathWords(path, () => 'Spare')).toBe(words)
  })
})
