import { describe, expect, it } from 'vitest'
import { settle } from './settle.ts'
import type { AdmittedRow, OpenEntry, SettledRow } from './ports.ts'

const admitted: AdmittedRow = {
  id: 1,
  at: 0,
  keyId: 'key',
  poolId: 'pool',
  route: '/v1/responses',
  model: 'm',
  sentModel: null,
  effort: null,
  serviceTier: null,
  stream: false,
  reservedInput: 0,
  reservedOutput: 0,
  reservedCostNanos: null,
  limitRule: null,
  client: 'other',
  clientIp: '127.0.0.1',
  exclusions: [],
}

const settled: SettledRow = {
  state: 'completed',
  upstreamId: 'a',
  status: 200,
  errorCode: null,
  usage: { input: 1, cached: 0, output: 1, reasoning: 0 },
  usageSource: 'reported',
  costNanos: null,
  firstByteMs: 1,
  durationMs: 2,
  tries: [],
}

describe('settle', () => {
  it('closes the account even when a listener fails, and logs that', () => {
    const rows: SettledRow[] = []
    const lines: string[] = []
    const deps = {
      journal: { settle: (_entry: OpenEntry, row: SettledRow) => void rows.push(row) },
      events: {
        settled: () => {
          throw new Error('broken page')
        },
      },
      log: { error: (message: string) => void lines.push(message) },
    }
    settle(deps, { admitted }, settled)
    expect([rows, lines]).toEqual([[settled], ['a listener failed']])
  })
})
