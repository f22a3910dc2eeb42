import { LoadingState } from '../components/states.tsx'

/** Until a page's code is here. */
export function PageLoading() {
  return <LoadingState label="Loading the page" />
}
