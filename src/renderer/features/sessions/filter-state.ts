/** What the sessions are narrowed to, as the address holds it. Pure. */
import { textParam, type UrlState } from '../../lib/url-state.ts'

/** Ids. */
export const filterParams = { upstream: textParam(), key: textParam(), pool: textParam() }
export type SessionFilters = UrlState<typeof filterParams>

export function isFiltered({ upstream, key, pool }: SessionFilters): boolean {
  return upstream !== '' || key !== '' || pool !== ''
}

/** As the contract has them. */
export function queryOf({ upstream, key, pool }: SessionFilters) {
  return {
    ...(upstream === '' ? {} : { upstreamId: upstream }),
    ...(key === '' ? {} : { keyId: key }),
    ...(pool === '' ? {} : { poolId: pool }),
  }
}
