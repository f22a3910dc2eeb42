import { describe, expect, it } from 'vitest'
import { requestFilter } from '../../../shared/models/request.ts'
import { readState, writeState } from '../../lib/url-state.ts'
import {
  costOfText,
  costText,
  filterParams,
  fromSaved,
  isFiltered,
  isSameSaved,
  noFilter,
  toFilter,
  toSaved,
} from './filter-state.ts'

const NOW = Date.UTC(2026, 10, 21)
const full =
  'q=lap&from=5&to=9&state=failed,open&key=key_1,key_2&token=tok_1&pool=p&upstream=u&model=a%252Cb&error=upstream_error' +
  '&client=codex&route=/v1/responses&transport=stream&effort=high&tier=flex&status=5xx&ip=127.0.0.1&minMs=100&minFirstMs=20&minTokens=3&minCost=0.05'
const read = (address: string) => readState(filterParams, new URLSearchParams(address))

describe('the filter of the request log', () => {
  it('is nothing when the address says nothing', () => {
    expect(isFiltered(noFilter)).toBe(false)
    expect(toFilter(noFilter, NOW)).toEqual({})
  })

  it('takes every parameter of the address, as the core takes it', () => {
    const state = read(full)
    expect(isFiltered(state)).toBe(true)
    const filter = toFilter(state, NOW)
    expect(filter).toEqual({
      text: 'lap',
      from: 5,
      to: 9,
      state: ['open', 'failed'],
      keyId: ['key_1', 'key_2'],
      tokenId: 'tok_1',
      poolId: ['p'],
      upstreamId: ['u'],
      model: ['a,b'],
      errorCode: ['upstream_error'],
      client: ['codex'],
      route: ['/v1/responses'],
      stream: true,
      effort: ['high'],
      serviceTier: ['flex'],
      statusClass: ['5xx'],
      clientIp: '127.0.0.1',
      minDurationMs: 100,
      minFirstByteMs: 20,
      minTokens: 3,
      minCostNanos: 50_000_000,
    })
    expect(requestFilter.safeParse(filter).success).toBe(true)
  })

  it('leaves out what the core would refuse', () => {
    const long = 'x'.repeat(300)
    const state = read(
      `state=zebra,failed&client=nobody&status=9xx&from=-1&to=1.5&minMs=abc&last=2y&minCost=cheap&key=,${long}&q=${long}&effort=${'e'.repeat(60)}`,
    )
    const filter = toFilter(state, NOW)
    expect(filter).toEqual({ state: ['failed'], text: 'x'.repeat(100), effort: ['e'.repeat(40)] })
    expect(requestFilter.safeParse(filter).success).toBe(true)
  })

  it('counts a range back from now, and lets it stand before fixed ends', () => {
    expect(toFilter(read('last=1h&from=5&to=9'), NOW)).toEqual({ from: NOW - 3_600_000 })
  })

  it.each([full, 'last=24h&transport=whole', ''])('is saved and read back whole: %s', (address) => {
    const state = read(address)
    const saved = toSaved(state, ['time', 'model'])
    expect(fromSaved(saved)).toEqual({ state, columns: ['time', 'model'] })
    expect(read(writeState(filterParams, fromSaved(saved).state, new URLSearchParams()).toString())).toEqual(state)
  })

  it.each([
    ['0', 0],
    ['1', 1_000_000_000],
    ['1.5', 1_500_000_000],
    ['100', 100_000_000_000],
    ['0.000000001', 1],
    ['1000000', 1e15],
  ])('reads a cost of $%s to the nano-dollar, and writes it back as the same', (text, nanos) => {
    expect(costOfText(text)).toBe(nanos)
    expect(costText(nanos)).toBe(text)
  })

  it('reads a cost as it is typed', () => {
    expect(['$0.50', '1k', '0.050', '1,000.00'].map(costOfText)).toEqual([5e8, 1e12, 5e7, 1e12])
  })

  it.each(['', '-1', '1,5', '0.0000000001', '1000001', 'Infinity'])('takes no cost like %j', (text) => {
    expect(costOfText(text)).toBeNull()
  })

  it('never carries the secret of a key that was pasted whole', () => {
    const address = writeState(filterParams, { q: 'sk-weir-AbCdEfGhIj-TopSecret123' }, new URLSearchParams()).toString()
    expect(address).toBe('q=sk-weir-AbCdEfGhIj')
    expect(read('q=sk-weir-AbCdEfGhIj-TopSecret123').q).toBe('sk-weir-AbCdEfGhIj')
  })

  it('knows the same filter whatever its order', () => {
    expect(isSameSaved({ state: ['failed', 'open'], text: 'a' }, { text: 'a', state: ['open', 'failed'] })).toBe(true)
    expect(isSameSaved({ columns: ['a', 'b'] }, { columns: ['b', 'a'] })).toBe(false)
    expect(isSameSaved({ text: 'a' }, {})).toBe(false)
  })

  it('leaves out what a saved filter of another version has', () => {
    const { state, columns } = fromSaved({ zebra: 1, state: ['failed', 'gone'], minTokens: 'many', last: '9y' })
    expect(state).toEqual({ ...noFilter, state: ['failed'] })
    expect(columns).toEqual([])
  })
})
