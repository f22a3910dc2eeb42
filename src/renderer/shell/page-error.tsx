import { useRouteError } from 'react-router'
import { ErrorState } from '../components/states.tsx'

/** A page that broke. The rail and the strip around it go on. */
export function PageError() {
  const error = useRouteError()
  return <ErrorState title="This page met an error" error={error} onRetry={() => location.reload()} />
}
