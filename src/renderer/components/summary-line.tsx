import type { ReactNode } from 'react'
import classes from './summary-line.module.css'

/** Above a list: the answer to the page's question in one line, its figures in `<b>`. */
export function SummaryLine({ children }: { readonly children: ReactNode }) {
  return (
    <div className={classes['summary']} aria-live="polite">
      {children}
    </div>
  )
}

/** What is wrong with some of them; a click shows those. */
export function AttentionButton({ onClick, children }: { readonly onClick: () => void; readonly children: string }) {
  return (
    <button type="button" className={classes['attention']} onClick={onClick}>
      {children}
    </button>
  )
}
