/** The questions and dialogs of what is done to a key, once for the page: each row's menu and the drawer ask here. */
import { createContext, useContext, useMemo, useState, type ReactNode } from 'react'
import type { PoolKey } from '../../../shared/models/key.ts'
import { ConfirmDialog } from '../../components/dialogs.tsx'
import { holdSecret, type FreshSecret } from '../../components/secret/fresh-secret.ts'
import { SecretDialog } from '../../components/secret/secret-dialog.tsx'
import { useAction } from '../../lib/use-action.tsx'
import { DeleteDialog } from './delete-dialog.tsx'
import { DuplicateDialog } from './duplicate-dialog.tsx'
import { RotateDialog } from './rotate-dialog.tsx'

/** Acts that ask first. */
export interface KeyActs {
  rotate(key: PoolKey): void
  endGrace(key: PoolKey): void
  revoke(key: PoolKey): void
  duplicate(key: PoolKey): void
  remove(key: PoolKey): void
}

type Question = { readonly kind: 'rotate' | 'endGrace' | 'revoke' | 'duplicate' | 'remove'; readonly key: PoolKey }

const Acts = createContext<KeyActs | null>(null)

export function useKeyActs(): KeyActs {
  const acts = useContext(Acts)
  if (acts === null) throw new Error('useKeyActs is used outside of KeyActsProvider')
  return acts
}

export interface KeyActsProviderProps {
  readonly keys: readonly PoolKey[]
  readonly onDeleted: (key: PoolKey) => void
  readonly children: ReactNode
}

export function KeyActsProvider({ keys, onDeleted, children }: KeyActsProviderProps) {
  const [question, setQuestion] = useState<Question | null>(null)
  const [secret, setSecret] = useState<FreshSecret | null>(null)
  const endGrace = useAction('key.endGrace', {
    success: ({ name }) => `The old secret of ${name} is refused now`,
    errorToast: false,
  })
  const revoke = useAction('key.revoke', { success: (key) => `Revoked ${key.name}`, errorToast: false })
  const acts = useMemo<KeyActs>(() => {
    const ask = (kind: Question['kind']) => (key: PoolKey) => setQuestion({ kind, key })
    return {
      rotate: ask('rotate'),
      endGrace: ask('endGrace'),
      revoke: ask('revoke'),
      duplicate: ask('duplicate'),
      remove: ask('remove'),
    }
  }, [])
  const close = () => setQuestion(null)
  const asked = (kind: Question['kind']) => (question?.kind === kind ? question.key : null)
  const ended = asked('endGrace')
  const revoked = asked('revoke')
  return (
    <Acts value={acts}>
      {children}
      <RotateDialog
        target={asked('rotate')}
        onClose={close}
        onRotated={(made) => setSecret(holdSecret(made, 'rotated'))}
      />
      <ConfirmDialog
        opened={ended !== null}
        onClose={close}
        title={`End the grace of ${ended?.name ?? ''}?`}
        confirm="End now"
        danger
        onConfirm={async () => {
          if (ended !== null) await endGrace.run({ id: ended.id })
        }}
      >
        The old secret is refused from the next request on. The present one goes on working.
      </ConfirmDialog>
      <ConfirmDialog
        opened={revoked !== null}
        onClose={close}
        title={`Revoke ${revoked?.name ?? ''}?`}
        confirm="Revoke"
        danger
        onConfirm={async () => {
          if (revoked !== null) await revoke.run({ id: revoked.id })
        }}
      >
        Its clients are refused from the next request on. This is final: a revoked key cannot be resumed. Its log stays.
      </ConfirmDialog>
      <DeleteDialog
        target={asked('remove')}
        onClose={close}
        onDeleted={(key) => {
          close()
          onDeleted(key)
        }}
      />
      <DuplicateDialog
        source={asked('duplicate')}
        keys={keys}
        onClose={close}
        onMade={(made) => setSecret(holdSecret(made, 'created'))}
      />
      <SecretDialog secret={secret} onDone={() => setSecret(null)} />
    </Acts>
  )
}
