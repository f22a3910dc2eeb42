/** What the alerts are narrowed to, as the address holds it. Pure. */
import { choiceParam, textParam, type UrlState } from '../../lib/url-state.ts'

export const shows = ['all', 'unread'] as const

export const filterParams = {
  show: choiceParam(shows, 'all'),
  /** The id of one key or upstream. */
  about: textParam(),
}
export type AlertFilters = UrlState<typeof filterParams>

export function isFiltered({ show, about }: AlertFilters): boolean {
  return show !== 'all' || about !== ''
}
