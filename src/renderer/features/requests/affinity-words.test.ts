import { expect, it } from 'vitest'
import type { AffinityNote } from '../../../shared/models/session.ts'
import { affinityWords } from './affinity-words.ts'

const said = (note: Omit<AffinityNote, 'upstreamId'>): string => {
  const { before, after } = affinityWords({ upstreamId: 'ups_1', ...note })
  return `${before} X${after}`
}

it.each([
  [{ kind: 'session', outcome: 'kept', reason: null }, 'Stayed at X, which answered its session last.'],
  [
    { kind: 'session', outcome: 'moved', reason: 'circuit_open' },
    'Moved from X, which answered its session last: it had failed several times in a row for this model.',
  ],
  [
    { kind: 'session', outcome: 'moved', reason: 'priority' },
    'Moved from X, which answered its session last: an upstream of a better priority could serve it.',
  ],
  [{ kind: 'response', outcome: 'kept', reason: null }, 'Had to go to X, which has the response that it goes on from.'],
  [
    { kind: 'response', outcome: 'broken', reason: 'upstream_paused' },
    'Had to go to X, which has the response that it goes on from, and could not: it is paused.',
  ],
  [
    { kind: 'file', outcome: 'broken', reason: 'several_owners' },
    'Had to go to X, which has its files, and could not: what the request refers to is at several upstreams.',
  ],
  [{ kind: 'turn', outcome: 'kept', reason: null }, 'Stayed at X, where its turn began.'],
  // A newer core may know reasons that this page does not.
  [
    { kind: 'socket', outcome: 'moved', reason: 'of_the_future' },
    'Moved from X, which answered its WebSocket last: of the future.',
  ],
] satisfies [Omit<AffinityNote, 'upstreamId'>, string][])('%j', (note, words) => {
  expect(said(note)).toBe(words)
})
