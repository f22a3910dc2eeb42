/** Adds a ChatGPT account: its name, one of the ways to sign in, and the Pools that it is to serve once it is in. */
import { Button, Group, Paper } from '@mantine/core'
import { useCallback, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { LeaveGuard } from '../../components/leave-guard.tsx'
import { invoke, useRoute } from '../../lib/api.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { toastError, toastSuccess } from '../../lib/toast.tsx'
import { useLatest } from '../../lib/registry.ts'
import { AccountAddressFields, AccountName } from './account-fields.tsx'
import { accountNameProblem, addressesProblem, noAddresses, targetOf } from './account-target.ts'
import { KindField } from './editor-fields.tsx'
import type { EditorPartProps } from './editor-part-props.ts'
import { EditorSection } from './editor-section.tsx'
import { PoolsFields } from './pools-fields.tsx'
import { SignInWays } from './sign-in-ways.tsx'
import { memberProblems, membershipsOf, type Pool } from './upstream-form.ts'
import type { Upstream } from './upstream-rows.ts'
import classes from './editor.module.css'

export interface AddAccountProps {
  readonly part: EditorPartProps
  readonly pools: readonly Pool[]
  readonly onKind: (kind: Upstream['kind']) => void
}

export function AddAccount({ part, pools, onKind }: AddAccountProps) {
  const { form, change } = part
  const others = useRoute('upstream.list', {}).data ?? []
  const [addresses, setAddresses] = useState(noAddresses)
  const [isWaiting, setWaiting] = useState(false)
  const [isAdded, setAdded] = useState(false)
  const navigate = useNavigate()
  const added = useAdded(form.members, setAdded)
  // Once it is in, the list has its own name.
  const nameProblem = isWaiting || isAdded ? null : accountNameProblem(form.name, others)
  const nameOf = (id: string) => pools.find((pool) => pool.id === id)?.name ?? id
  const blockedBy =
    nameProblem ?? addressesProblem(addresses) ?? memberProblems(form.members, nameOf)[0]?.message ?? null
  return (
    <div className={classes['single']}>
      <LeaveGuard isDirty={() => isWaiting} title="Leave while a sign-in waits?" leave="Cancel the sign-in">
        The sign-in ends with this page. Nothing is added.
      </LeaveGuard>
      <Paper className={classes['main'] ?? ''}>
        <KindField kind="chatgpt" onKind={onKind} isFixed={isWaiting} />
        <AccountName name={form.name} onChange={(name) => change({ name })} problem={nameProblem} isFixed={isWaiting} />
        <EditorSection title="Sign in">
          <SignInWays
            target={targetOf(form.name, addresses)}
            blockedBy={blockedBy}
            onWaiting={setWaiting}
            onDone={added}
          />
          <AccountAddressFields addresses={addresses} onChange={setAddresses} isFixed={isWaiting} hasBaseUrl />
        </EditorSection>
        <PoolsFields {...part} pools={pools} />
        <Group justify="flex-end">
          <Button variant="default" onClick={() => void navigate('/upstreams')}>
            Cancel
          </Button>
        </Group>
      </Paper>
    </div>
  )
}

/** It is there now. Pools that cannot be set are said, and are set on its own page. */
function useAdded(members: EditorPartProps['form']['members'], setAdded: (isAdded: boolean) => void) {
  const navigate = useNavigate()
  const id = useRef('')
  const run = useLatest(() => {
    setAdded(true)
    void assign(id.current, members).then(() => navigate(`/upstreams/${id.current}`))
  })
  return useCallback(
    (upstreamId: string) => {
      id.current = upstreamId
      run()
    },
    [run],
  )
}

async function assign(id: string, members: EditorPartProps['form']['members']): Promise<void> {
  try {
    const { name } = await invoke('upstream.get', { id })
    toastSuccess(`Added ${name}`)
    if (members.length > 0) await invoke('upstream.assign', { id, pools: membershipsOf(members) })
  } catch (thrown) {
    toastError(OperatorError.from(thrown))
  }
}
