/** What is done to an upstream, once for the page: each row's menu, the page's buttons and the palette ask here. */
import { List, Text } from '@mantine/core'
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { ConfirmDialog } from '../../components/dialogs.tsx'
import { invoke, useRoute } from '../../lib/api.ts'
import { formatNoun } from '../../lib/format.ts'
import { toastSuccess } from '../../lib/toast.tsx'
import { useAction } from '../../lib/use-action.tsx'
import { DeleteDialog } from './delete-dialog.tsx'
import { ReplaceSecretDialog } from './replace-secret-dialog.tsx'
import { SignInDialog } from './sign-in-dialog.tsx'
import { TestDialog } from './test-dialog.tsx'
import { poolsServedOnlyBy, type Upstream } from './upstream-rows.ts'

export interface UpstreamActs {
  test(upstream: Upstream): void
  /** Asks first where a Pool would be left without a ready upstream. */
  pause(upstream: Upstream): void
  resume(upstream: Upstream): void
  refreshModels(upstream: Upstream): void
  /** An account is signed in again instead: its tokens are nothing to type. */
  replaceSecret(upstream: Upstream): void
  remove(upstream: Upstream): void
}

interface Question {
  readonly kind: 'test' | 'pause' | 'secret' | 'signIn' | 'remove'
  readonly upstream: Upstream
}

const Acts = createContext<UpstreamActs | null>(null)

export function useUpstreamActs(): UpstreamActs {
  const acts = useContext(Acts)
  if (acts === null) throw new Error('useUpstreamActs is used outside of UpstreamActsProvider')
  return acts
}

export interface UpstreamActsProviderProps {
  readonly onDeleted?: (upstream: Upstream) => void
  readonly children: ReactNode
}

export function UpstreamActsProvider({ onDeleted, children }: UpstreamActsProviderProps) {
  const [question, setQuestion] = useState<Question | null>(null)
  const readiness = useRoute('upstream.readinessAll', {}).data
  const moves = useMoves()
  const latest = useRef({ readiness, moves })
  useEffect(() => {
    latest.current = { readiness, moves }
  })
  // The same between renders, so that rows and palette are not made anew with every answer of the core.
  const acts = useMemo<UpstreamActs>(() => {
    const ask = (kind: Question['kind']) => (upstream: Upstream) => setQuestion({ kind, upstream })
    return {
      test: ask('test'),
      pause(upstream) {
        const hurts = poolsServedOnlyBy(upstream.id, latest.current.readiness ?? []).length > 0
        if (hurts) ask('pause')(upstream)
        else latest.current.moves.pause.fire({ id: upstream.id })
      },
      resume: ({ id }) => latest.current.moves.resume.fire({ id }),
      refreshModels: (upstream) => void latest.current.moves.refreshModels(upstream),
      replaceSecret: (upstream) => ask(upstream.kind === 'chatgpt' ? 'signIn' : 'secret')(upstream),
      remove: ask('remove'),
    }
  }, [])
  const close = useCallback(() => setQuestion(null), [])
  const asked = (kind: Question['kind']) => (question?.kind === kind ? question.upstream : null)
  const paused = asked('pause')
  const dry = paused === null ? [] : poolsServedOnlyBy(paused.id, readiness ?? [])
  return (
    <Acts value={acts}>
      {children}
      <TestDialog target={asked('test')} onClose={close} onReplaceSecret={acts.replaceSecret} />
      <ReplaceSecretDialog target={asked('secret')} onClose={close} />
      <SignInDialog target={asked('signIn')} onClose={close} />
      <ConfirmDialog
        opened={paused !== null}
        onClose={close}
        title={`Pause ${paused?.name ?? ''}?`}
        confirm="Pause"
        onConfirm={async () => {
          if (paused !== null) await moves.quietPause.run({ id: paused.id })
        }}
      >
        <Text>{`${formatNoun(dry.length, 'Pool has', 'Pools have')} no other ready upstream:`}</Text>
        <List size="sm" withPadding={false}>
          {dry.map(({ poolId, poolName }) => (
            <List.Item key={poolId}>{poolName}</List.Item>
          ))}
        </List>
        <Text>New requests to them are refused until it is resumed. Running requests finish.</Text>
      </ConfirmDialog>
      <DeleteDialog
        target={asked('remove')}
        onClose={close}
        onDeleted={(upstream) => {
          close()
          onDeleted?.(upstream)
        }}
      />
    </Acts>
  )
}

/** Pausing and resuming are each other's undo. */
function useMoves() {
  const pauseOptions = {
    success: ({ name }: Upstream) => `Paused ${name}`,
    undo: ({ id }: Upstream) => invoke('upstream.resume', { id }),
  }
  const pause = useAction('upstream.pause', pauseOptions)
  const quietPause = useAction('upstream.pause', { ...pauseOptions, errorToast: false })
  const resume = useAction('upstream.resume', {
    success: ({ name }) => `Resumed ${name}`,
    undo: ({ id }) => invoke('upstream.pause', { id }),
  })
  const refresh = useAction('upstream.refreshModels')
  return {
    pause,
    quietPause,
    resume,
    async refreshModels(before: Upstream): Promise<void> {
      const after = await refresh.run({ id: before.id }).catch(() => null)
      if (after !== null) toastSuccess(refreshed(before, after))
    },
  }
}

function refreshed(before: Upstream, after: Upstream): string {
  if (after.modelsError !== null) return `The models of ${after.name} could not be fetched: ${after.modelsError}`
  const [old, now] = [new Set(before.fetchedModels), new Set(after.fetchedModels)]
  const added = after.fetchedModels.filter((id) => !old.has(id)).length
  const gone = before.fetchedModels.filter((id) => !now.has(id)).length
  const change = added === 0 && gone === 0 ? 'no change' : `${added} new, ${gone} gone`
  return `${after.name} lists ${formatNoun(now.size, 'model')}: ${change}`
}
