import { describe, expect, it } from 'vitest'
import {
  choiceParam,
  listParam,
  numberParam,
  oneOfParam,
  readState,
  switchParam,
  textParam,
  withParams,
  writeState,
} from './url-state.ts'

const params = {
  q: textParam(),
  status: oneOfParam(['active', 'paused']),
  sort: choiceParam(['name', 'age'], 'name'),
  min: numberParam(),
  unused: switchParam(),
  models: listParam(),
}
const defaults = { q: '', status: null, sort: 'name', min: null, unused: false, models: [] }

describe('the address', () => {
  it('gives the defaults when it says nothing, and when it says nonsense', () => {
    expect(readState(params, new URLSearchParams())).toEqual(defaults)
    expect(readState(params, new URLSearchParams('status=x&sort=y&min=z&unused=yes'))).toEqual(defaults)
  })

  it('carries every value there and back', () => {
    const state = {
      q: 'a b&c',
      status: 'paused',
      sort: 'age',
      min: 0,
      unused: true,
      models: ['a,b', '100%', 'c'],
    } as const
    const search = writeState(params, state, new URLSearchParams())
    expect(readState(params, new URLSearchParams(search.toString()))).toEqual(state)
  })

  it('leaves defaults out and other parameters alone', () => {
    const before = new URLSearchParams('other=1&q=old&unused=1')
    expect(writeState(params, { q: '', unused: false, sort: 'name' }, before).toString()).toBe('other=1')
  })

  it('is built for links with what is set', () => {
    expect(withParams('/requests', { key: 'k1', state: null, from: 0, q: '' })).toBe('/requests?key=k1&from=0')
    expect(withParams('/requests', {})).toBe('/requests')
  })
})
