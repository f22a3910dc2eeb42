/**
 * The address as it is now. React Router draws a change of address as a transition, which anything more urgent on the page
 * puts off: what a component has drawn may be older than the last change, and whoever writes the address from it undoes
 * that change. Who writes therefore starts from here.
 */
import { createContext, useCallback, useContext } from 'react'
import type { DataRouter } from 'react-router'

/** Given by the app, above its `RouterProvider`. */
export const LiveRouter = createContext<DataRouter | null>(null)

export function useLiveRouter(): DataRouter {
  const router = useContext(LiveRouter)
  if (router === null) throw new Error('there is no LiveRouter above')
  return router
}

/** For `navigate({ pathname, search: search() })`: another path under the filters as they are, not as they were drawn. */
export function useLiveSearch(): () => string {
  const router = useLiveRouter()
  return useCallback(() => router.state.location.search, [router])
}

type ChangeSearch = (before: URLSearchParams) => URLSearchParams

/**
 * Writes the query of the page that is shown, each change on top of the one before, and has it drawn at once: what is on
 * screen when the next key or click comes is what that is about. A change that changes nothing is no step for "back".
 */
export function changeSearch(router: DataRouter, change: ChangeSearch, { replace }: { replace: boolean }): void {
  const { location, navigation } = router.state
  // Typing is told when it rests. When a link was followed meanwhile, it must not call the page back.
  if (replace && navigation.state !== 'idle') return
  const before = new URLSearchParams(location.search)
  const next = change(before).toString()
  if (next === before.toString()) return
  void router.navigate(`?${next}`, { replace, flushSync: true })
}
