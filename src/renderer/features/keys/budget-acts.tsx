/** The dialogs of what is done to single limits, once for the drawer: the menu of each bar asks here. */
import { createContext, useContext, useMemo, useState, type ReactNode } from 'react'
import { RaiseDialog, type RaiseTarget } from './raise-dialog.tsx'
import { ResetDialog, type ResetTarget } from './reset-dialog.tsx'

export interface BudgetActs {
  raise(target: RaiseTarget): void
  reset(target: ResetTarget): void
}

const Acts = createContext<BudgetActs | null>(null)

export function useBudgetActs(): BudgetActs {
  const acts = useContext(Acts)
  if (acts === null) throw new Error('useBudgetActs is used outside of BudgetActsProvider')
  return acts
}

export function BudgetActsProvider({ children }: { readonly children: ReactNode }) {
  const [raised, setRaised] = useState<RaiseTarget | null>(null)
  const [reset, setReset] = useState<ResetTarget | null>(null)
  const acts = useMemo<BudgetActs>(() => ({ raise: setRaised, reset: setReset }), [])
  return (
    <Acts value={acts}>
      {children}
      <RaiseDialog target={raised} onClose={() => setRaised(null)} />
      <ResetDialog target={reset} onClose={() => setReset(null)} />
    </Acts>
  )
}
