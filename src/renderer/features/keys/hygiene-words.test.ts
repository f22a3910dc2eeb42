import { describe, expect, it } from 'vitest'
import { findingKinds, type Finding } from '../../../shared/key-hygiene.ts'
import { noLimits } from '../../../shared/models/limit.ts'
import { formatTime } from '../../lib/format.ts'
import { actWords, findingFacts, findingWords } from './hygiene-words.ts'

const NOW = Date.UTC(2026, 5, 1)
const DAY_MS = 86_400_000
const until = NOW + DAY_MS
const key: Finding['key'] = {
  id: 'key_1',
  poolId: 'pool_1',
  name: 'laptop',
  owner: null,
  prefix: 'sk-weir-abcdefghij',
  status: 'active',
  notes: '',
  metadata: {},
  modelPolicy: { mode: 'all' },
  enforced: { model: null, effort: null, serviceTier: null },
  allowedUpstreams: null,
  ipAllowlist: [],
  limits: noLimits,
  limitOverrides: [],
  unpriced: 'refuse',
  alertThresholds: [50, 80, 100],
  canMakeTokens: false,
  expiresAt: null,
  createdAt: NOW - 40 * DAY_MS,
  updatedAt: NOW,
  rotatedAt: null,
  previous: { until, usedAt: NOW - 60_000 },
  lastUsedAt: null,
  raises: [],
  resets: [],
}

describe('hygiene-words', () => {
  const shown = (at: number) => formatTime(at, { seconds: false })

  it.each<[Finding['kind'], number | null, string]>([
    ['old_secret', NOW - 60_000, `Last used 1 min ago; opens until ${shown(until)}`],
    ['expiring', until, `Expires in 1 d, on ${shown(until)}`],
    ['over_broad', null, 'All models, no limit, no expiry'],
    ['unused', null, 'Never used; made 40 d ago'],
    ['unused', NOW - 31 * DAY_MS, 'Last used 31 d ago'],
    ['unrotated', null, 'Never rotated; made 40 d ago'],
    ['unrotated', NOW - 200 * DAY_MS, 'Rotated 6 months ago'],
    ['expired', NOW - 31 * DAY_MS, `Expired 31 d ago, on ${shown(NOW - 31 * DAY_MS)}`],
  ])('says of %s at %s: %s', (kind, at, facts) => {
    expect(findingFacts({ kind, key, at }, NOW)).toBe(facts)
  })

  it('has an act for every kind', () => {
    expect(findingKinds.map((kind) => actWords[findingWords[kind].act]).filter((word) => word === '')).toEqual([])
    expect(Object.keys(findingWords)).toEqual([...findingKinds])
  })
})
