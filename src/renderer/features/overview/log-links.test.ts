import { describe, expect, it } from 'vitest'
import { listParam } from '../../lib/url-state.ts'
import { chartLink, groupParams, listed, logLink } from './log-links.ts'

describe('log links', () => {
  it('writes ids so that the log reads them whole', () => {
    const link = logLink({ model: listed('a,b%2Cc') })
    const raw = new URL(link, 'http://x').searchParams.get('model')
    expect(listParam().read(raw)).toEqual(['a,b%2Cc'])
  })

  it('leaves out what cannot be told apart in an address', () => {
    expect(groupParams('model', null)).toEqual({})
    expect(groupParams('model', '')).toEqual({})
    expect(groupParams('upstream', '')).toEqual({ state: 'refused' })
    expect(groupParams('none', 'x')).toEqual({})
    expect(groupParams('key', 'key_1')).toEqual({ key: 'key_1' })
  })

  it('asks for what counts for the figure only', () => {
    const step = { from: 5, to: null }
    expect(chartLink({ metric: 'requests', groupBy: 'none', step })).toBe('/requests?from=5')
    expect(chartLink({ metric: 'tokens', groupBy: 'none', step })).toBe('/requests?from=5&minTokens=1')
    expect(chartLink({ metric: 'failed', groupBy: 'pool', group: 'p', step: { from: 5, to: 9 } })).toBe(
      '/requests?from=5&to=9&pool=p&state=failed',
    )
  })
})
