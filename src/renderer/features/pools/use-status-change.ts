/** Moves a Pool between active, disabled and archived. Each move can be taken back from its toast. */
import { invoke } from '../../lib/api.ts'
import { useAction } from '../../lib/use-action.tsx'
import type { Pool } from './pool-rows.ts'

const done: Readonly<Record<Pool['status'], string>> = {
  active: 'Enabled',
  disabled: 'Disabled',
  archived: 'Archived',
}

export interface StatusChange {
  /** Rejects where the caller shows the error. */
  run(status: Pool['status']): Promise<unknown>
  /** For a click: an error becomes a toast. */
  to(status: Pool['status']): void
}

export function useStatusChange(pool: Pool): StatusChange {
  const before = pool.status
  const options = {
    success: (after: Pool) => `${done[after.status]} ${after.name}`,
    undo: ({ id }: Pool) => invoke('pool.update', { id, patch: { status: before } }),
  }
  const quiet = useAction('pool.update', { ...options, errorToast: false })
  const told = useAction('pool.update', options)
  const input = (status: Pool['status']) => ({ id: pool.id, patch: { status } })
  return { run: (status) => quiet.run(input(status)), to: (status) => told.fire(input(status)) }
}
