/** Signs an account in again, in place. It must be the same account; another one is refused and changes nothing. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useCallback, useState } from 'react'
import { toastSuccess } from '../../lib/toast.tsx'
import { AccountAddressFields } from './account-fields.tsx'
import { addressesProblem, noAddresses, targetOf } from './account-target.ts'
import { SignInWays } from './sign-in-ways.tsx'
import type { Upstream } from './upstream-rows.ts'

export interface SignInDialogProps {
  readonly target: Upstream | null
  readonly onClose: () => void
}

export function SignInDialog({ target, onClose }: SignInDialogProps) {
  return (
    <Modal
      opened={target !== null}
      onClose={onClose}
      closeOnClickOutside={false}
      size="xl"
      title={`Sign ${target?.name ?? ''} in again`}
    >
      {target !== null && <Body key={target.id} upstream={target} onClose={onClose} />}
    </Modal>
  )
}

function Body({ upstream, onClose }: { readonly upstream: Upstream; readonly onClose: () => void }) {
  const { id, name } = upstream
  const email = upstream.account?.email ?? null
  const [addresses, setAddresses] = useState(noAddresses)
  const [isWaiting, setWaiting] = useState(false)
  const onDone = useCallback(() => {
    toastSuccess(`${name} is signed in again`)
    onClose()
  }, [name, onClose])
  return (
    <Stack gap="sm">
      <Text>
        {email === null
          ? 'Use the account that this upstream holds.'
          : `Use the account ${email}: another one is refused.`}{' '}
        Name, Pools and history stay.
      </Text>
      <SignInWays
        target={{ ...targetOf('', addresses), upstreamId: id }}
        blockedBy={addressesProblem(addresses)}
        onWaiting={setWaiting}
        onDone={onDone}
      />
      <AccountAddressFields addresses={addresses} onChange={setAddresses} isFixed={isWaiting} hasBaseUrl={false} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
      </Group>
    </Stack>
  )
}
