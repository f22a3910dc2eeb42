import { appendFileSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeTempDir } from '../../../test/support/temp-dir.ts'
import { admittedLine, openJournalFile, settledLine } from './journal-file.ts'
import type { AdmittedRow, SettledRow } from '../gateway/ports.ts'

const admitted: AdmittedRow = {
  id: 7,
  at: 1,
  keyId: 'key',
  poolId: 'pool',
  route: '/v1/responses',
  model: 'größe "x"',
  sentModel: null,
  effort: null,
  serviceTier: null,
  stream: true,
  reservedInput: 1,
  reservedOutput: 2,
  reservedCostNanos: null,
  limitRule: null,
  client: 'codex',
  clientIp: '::1',
  exclusions: [{ upstreamId: 'b', reason: 'cooling_down', until: 9 }],
}
const attempt = { number: 1, upstreamId: 'a', at: 3, durationMs: 2.5, firstByteMs: 1.25, status: 200 }
const plain: SettledRow = {
  state: 'completed',
  upstreamId: 'a',
  status: 200,
  errorCode: null,
  usage: { input: 3, cached: 1, output: 4, reasoning: 2 },
  usageSource: 'reported',
  costNanos: null,
  firstByteMs: 1.25,
  durationMs: 2.5,
  tries: [{ ...attempt, errorCode: null, cause: null }],
}
const failed: SettledRow = {
  ...plain,
  state: 'failed',
  status: 502,
  errorCode: 'upstream_reset',
  tries: [{ ...attempt, errorCode: 'upstream_reset', cause: 'ECONNRESET' }],
}

function open(dataDir = makeTempDir('journal')) {
  return { dataDir, path: join(dataDir, 'weir.journal'), file: openJournalFile(dataDir) }
}

describe('journal-file', () => {
  it('reads back what was appended, by the next process too', () => {
    const { dataDir, file } = open()
    file.append(admittedLine(admitted) + settledLine(7, failed))
    file.append(settledLine(8, plain))
    file.close()
    const [first, second, third, ...rest] = open(dataDir).file.read()
    expect([first, second, rest]).toEqual([{ admitted }, { id: 7, settled: failed }, []])
    // The usual outcome is written short: when its one attempt began is not repeated.
    const tries = plain.tries.map((entry) => ({ ...entry, at: 0 }))
    expect(third).toEqual({ id: 8, settled: { ...plain, tries } })
  })

  it('reads what an earlier version left, which knew no limits', () => {
    const { file } = open()
    const { reservedCostNanos: _cost, limitRule: _rule, ...old } = admitted
    file.append(`{"admitted":${JSON.stringify(old)}}\n`)
    expect(file.read()).toEqual([{ admitted }])
    const counted = { ...admitted, reservedCostNanos: 12, limitRule: 'lim_a' }
    file.append(admittedLine(counted))
    expect(file.read()[1]).toEqual({ admitted: counted })
  })

  it('writes figures of any size, and texts that change from one request to the next, as they are', () => {
    const { file } = open()
    const word = fc.constantFrom(null, 'a', 'b', '"', 'größe')
    const name = fc.constantFrom('a', 'b', '"', 'größe')
    const hundredths = fc.nat().map((all) => all / 100)
    const rows = fc.record({
      id: fc.oneof(fc.maxSafeNat(), fc.nat(), fc.constantFrom(0, 9_999_999, 10_000_000, 10_000_001)),
      at: fc.oneof(fc.maxSafeNat(), fc.constantFrom(1, 2)),
      texts: fc.record({ keyId: name, poolId: name, model: word, sentModel: word, effort: word, limitRule: word }),
      token: fc.option(name),
      firstByteMs: fc.option(hundredths),
      durationMs: hundredths,
    })
    fc.assert(
      fc.property(fc.array(rows, { maxLength: 6 }), (each) => {
        file.clear()
        const expected = each.flatMap(({ id, at, texts, token, firstByteMs, durationMs }) => {
          const row = { ...admitted, ...texts, id, at, exclusions: [], ...(token === null ? {} : { tokenId: token }) }
          const settled = { ...plain, firstByteMs, durationMs }
          file.append(admittedLine(row) + settledLine(id, settled))
          const tries = plain.tries.map((entry) => ({ ...entry, at: 0, firstByteMs, durationMs }))
          return [{ admitted: row }, { id, settled: { ...settled, tries } }]
        })
        expect(file.read()).toEqual(expected)
      }),
    )
  })

  it('keeps that a request came with an old secret', () => {
    const { file } = open()
    const rows = [admitted, { ...admitted, exclusions: [] }].map((row) => ({ ...row, graceUntil: 9_000 }))
    file.append(rows.map(admittedLine).join(''))
    expect(file.read()).toEqual(rows.map((row) => ({ admitted: row })))
  })

  it('keeps which token a request came with, in short lines and in long ones', () => {
    const { file } = open()
    const rows = [{ ...admitted, exclusions: [] }, admitted].map((row) => ({ ...row, tokenId: 'tok_a' }))
    file.append(rows.map(admittedLine).join(''))
    expect(file.read()).toEqual(rows.map((row) => ({ admitted: row })))
  })

  it('reads the short lines of a version that knew no tokens', () => {
    const { file } = open()
    file.append('[7,1,1,1,2,null,"key","pool","/v1/responses","m",null,null,null,"lim_a","codex","::1"]\n')
    const { exclusions: _, ...known } = admitted
    expect(file.read()).toEqual([{ admitted: { ...known, model: 'm', limitRule: 'lim_a', exclusions: [] } }])
  })

  it('leaves out a last line that was cut off', () => {
    const { file, path } = open()
    file.append(admittedLine(admitted))
    appendFileSync(path, settledLine(7, plain).slice(0, -9))
    expect(file.read()).toEqual([{ admitted }])
  })

  it('is empty after it was cleared, and goes on from there', () => {
    const { file, path } = open()
    file.append(admittedLine(admitted))
    file.clear()
    expect([file.size, statSync(path).size]).toEqual([0, 0])
    file.append(settledLine(7, plain))
    expect(readFileSync(path, 'utf8')).toBe(settledLine(7, plain))
    expect(file.size).toBe(statSync(path).size)
  })

  it('knows its size where text is longer in bytes than in characters', () => {
    const { file, path } = open()
    file.append(admittedLine(admitted))
    expect(file.size).toBe(statSync(path).size)
  })

  it('names its file when it cannot be opened', () => {
    expect(() => openJournalFile(join(makeTempDir('journal'), 'missing'))).toThrow('weir.journal')
  })
})
