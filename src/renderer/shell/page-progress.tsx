import { useNavigation } from 'react-router'
import classes from './page-progress.module.css'

/** A thin line while the code of the next page is on its way. */
export function PageProgress() {
  const { state } = useNavigation()
  return state === 'idle' ? null : <div className={classes['line']} role="status" aria-label="Loading the page" />
}
