/**
 * One sign-in on its way, as the core tells of it. Its news come as events; nothing is asked in between. It ends with what
 * shows it: a page that is left takes its sign-in along.
 */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { RouteOutput } from '../../../shared/contract.ts'
import { invoke, routeQuery, useRoute } from '../../lib/api.ts'
import type { OperatorError } from '../../lib/operator-error.ts'
import { useAction } from '../../lib/use-action.tsx'
import type { AccountTarget } from './account-target.ts'

export type AccountFlow = RouteOutput<'account.flow'>

export interface SignIn {
  /** Null before the first, and once it was cancelled. */
  readonly flow: AccountFlow | null
  readonly isOpen: boolean
  readonly isStarting: boolean
  /** Why there is no flow: it could not be started, or Weir has forgotten it. */
  readonly error: OperatorError | null
  /** Null where it could not be started. */
  begin(): Promise<AccountFlow | null>
  /** Resolves when the core has judged what was pasted; the flow itself tells of the end. @throws OperatorError */
  complete(callbackUrl: string): Promise<void>
  cancel(): void
}

/** @param onDone gets the upstream's id, once */
export function useSignIn(
  method: AccountFlow['method'],
  target: AccountTarget,
  onDone: (upstreamId: string) => void,
): SignIn {
  const client = useQueryClient()
  const [id, setId] = useState<string | null>(null)
  const begun = useAction('account.begin', { errorToast: false })
  const completed = useAction('account.complete', { errorToast: false })
  const cancelled = useAction('account.cancel')
  const query = useRoute('account.flow', { id: id ?? '' }, { enabled: id !== null })
  // A restart of Weir forgets every sign-in.
  const isGone = query.error?.code === 'not_found'
  const flow = id === null || isGone ? null : (query.data ?? null)
  const isOpen = flow?.state === 'waiting' || flow?.state === 'finishing'
  const page = useEndWithPage(isOpen ? id : null)
  useDone(flow, onDone)

  const keep = (next: AccountFlow) => client.setQueryData(routeQuery('account.flow', { id: next.id }).queryKey, next)
  return {
    flow,
    isOpen,
    isStarting: begun.isPending,
    error: begun.error ?? (id !== null && isGone ? query.error : null),
    async begin() {
      const next = await begun.run({ method, ...target }).catch(() => null)
      if (next === null) return null
      if (page.current.isGone) void end(next.id)
      keep(next)
      setId(next.id)
      return next
    },
    async complete(callbackUrl) {
      if (id !== null) keep(await completed.run({ id, callbackUrl }))
    },
    cancel() {
      if (id === null) return
      const after = (next: AccountFlow) => (next.state === 'cancelled' ? setId(null) : keep(next))
      void cancelled.run({ id }).then(after, () => undefined)
    },
  }
}

function end(id: string): Promise<unknown> {
  return invoke('account.cancel', { id }).catch(() => undefined)
}

/** The port that it listens on is free again, and a late answer of the provider changes nothing. */
function useEndWithPage(openId: string | null) {
  const page = useRef({ openId, isGone: false })
  useEffect(() => {
    page.current.openId = openId
  }, [openId])
  useEffect(() => {
    const here = page.current
    here.isGone = false
    return () => {
      here.isGone = true
      if (here.openId !== null) void end(here.openId)
    }
  }, [])
  return page
}

function useDone(flow: AccountFlow | null, onDone: (upstreamId: string) => void): void {
  const told = useRef<string | null>(null)
  useEffect(() => {
    if (flow?.state !== 'done' || flow.upstreamId === null || told.current === flow.id) return
    told.current = flow.id
    onDone(flow.upstreamId)
  }, [flow, onDone])
}
