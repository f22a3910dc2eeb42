/** Moves the gateway to another address or port. Opening it to others is asked for first, with what that exposes. */
import { Button, Group, Radio, Stack, Text, TextInput, Title } from '@mantine/core'
import { useState } from 'react'
import { exposureOf, sharingFacts } from '../../../shared/sharing-facts.ts'
import type { SharingChange, SharingStatus } from '../../../shared/models/sharing.ts'
import { ConfirmDialog } from '../../components/dialogs.tsx'
import { Tag } from '../../components/status-badge.tsx'
import { invoke } from '../../lib/api.ts'
import { fieldErrors, OperatorError } from '../../lib/operator-error.ts'
import { toastError } from '../../lib/toast.tsx'
import { useAction } from '../../lib/use-action.tsx'
import classes from './settings.module.css'

interface Choice {
  /** As the core takes it. */
  readonly address: string
  readonly label: string
  readonly detail: string
  readonly scope: SharingStatus['scope']
  readonly isPublic: boolean
}

function choicesOf({ interfaces, host, scope }: SharingStatus): readonly Choice[] {
  const own = interfaces.filter(({ kind }) => kind !== 'loopback')
  // An address that an interface no longer has, or another loopback one, is still the one in force.
  const isListed = scope !== 'interface' || own.some(({ address }) => address === host)
  return [
    { address: 'loopback', label: 'This machine only', detail: '127.0.0.1', scope: 'machine', isPublic: false },
    ...own.map(({ name, address, kind }) => ({
      address,
      label: name,
      detail: address,
      scope: 'interface' as const,
      isPublic: kind === 'public',
    })),
    ...(isListed ? [] : [{ address: host, label: 'Another address', detail: host, scope, isPublic: false }]),
    {
      address: 'all',
      label: 'Every interface',
      detail: '0.0.0.0, also interfaces that appear later',
      scope: 'all',
      isPublic: own.some(({ kind }) => kind === 'public'),
    },
  ]
}

const addressOf = ({ scope, host }: SharingStatus) =>
  scope === 'machine' ? 'loopback' : scope === 'all' ? 'all' : host

function portProblem(text: string): string | null {
  const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? null : 'Must be a whole number between 1 and 65535'
}

export function SharingForm({ status }: { readonly status: SharingStatus }) {
  const [address, setAddress] = useState(addressOf(status))
  const [port, setPort] = useState(String(status.port))
  const [refused, setRefused] = useState<Record<string, string>>({})
  const [isAsking, setAsking] = useState(false)
  const choices = choicesOf(status)
  const choice = choices.find((each) => each.address === address)
  const before: SharingChange = { address: addressOf(status), port: status.port }
  const move = useAction('sharing.set', {
    errorToast: false,
    success: (now) => `The gateway listens on ${now.host}, port ${now.port}`,
    undo: () => invoke('sharing.set', before),
  })
  const problem = portProblem(port)
  const isSame = address === before.address && Number(port) === status.port
  const reason = problem !== null ? 'The port cannot be used.' : isSame ? 'The gateway listens there already.' : null

  async function apply(): Promise<void> {
    try {
      await move.run({ address, port: Number(port) })
    } catch (thrown) {
      setRefused(fieldErrors(thrown))
      throw thrown
    }
  }

  function submit(): void {
    if (reason !== null) return
    setRefused({})
    if (choice?.scope === 'machine') {
      void apply().catch((thrown: unknown) => {
        if (Object.keys(fieldErrors(thrown)).length === 0) toastError(OperatorError.from(thrown))
      })
    } else setAsking(true)
  }

  return (
    <form
      className={classes['section']}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Title order={2}>Where the gateway listens</Title>
      <Stack gap="sm">
        <Addresses
          choices={choices}
          value={address}
          onChange={setAddress}
          fixedBy={status.fixedBy.host}
          problem={refused['address']}
        />
        <TextInput
          label="Port"
          styles={{ wrapper: { width: 220 } }}
          variant={status.fixedBy.port === null ? 'default' : 'filled'}
          inputMode="numeric"
          value={port}
          readOnly={status.fixedBy.port !== null}
          description={
            status.fixedBy.port === null
              ? null
              : `Fixed by ${status.fixedBy.port} for this run. Start Weir without it to change it here.`
          }
          error={problem ?? refused['port']}
          onChange={(event) => {
            setPort(event.currentTarget.value)
            setRefused({})
          }}
        />
        <Group gap="sm">
          <Button type="submit" disabled={reason !== null} loading={move.isPending} aria-describedby="sharing-reason">
            Move the gateway
          </Button>
          <Text size="xs" c="dimmed" id="sharing-reason">
            {reason ?? 'At once: requests that run finish where they are; clients need the new address.'}
          </Text>
        </Group>
      </Stack>
      {choice !== undefined && (
        <ExposeDialog
          choice={choice}
          port={port}
          opened={isAsking}
          onClose={() => setAsking(false)}
          onConfirm={apply}
        />
      )}
    </form>
  )
}

interface AddressesProps {
  readonly choices: readonly Choice[]
  readonly value: string
  readonly onChange: (address: string) => void
  readonly fixedBy: string | null
  readonly problem: string | undefined
}

function Addresses({ choices, value, onChange, fixedBy, problem }: AddressesProps) {
  return (
    <Radio.Group
      label="Address"
      value={value}
      onChange={onChange}
      error={problem}
      description={
        fixedBy === null ? null : `Fixed by ${fixedBy} for this run. Start Weir without it to change it here.`
      }
    >
      <div className={classes['choices']}>
        {choices.map(({ address, label, detail, isPublic, scope }) => (
          <div key={address} className={classes['choice']}>
            <Radio
              value={address}
              disabled={fixedBy !== null && address !== value}
              label={
                <>
                  {label} {isPublic && scope !== 'all' && <Tag tone="bad">public address</Tag>}
                </>
              }
              description={detail}
            />
          </div>
        ))}
      </div>
    </Radio.Group>
  )
}

interface ExposeDialogProps {
  readonly choice: Choice
  readonly port: string
  readonly opened: boolean
  readonly onClose: () => void
  readonly onConfirm: () => Promise<void>
}

function ExposeDialog({ choice, port, opened, onClose, onConfirm }: ExposeDialogProps) {
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title="Open the gateway to other machines?"
      confirm="Open it"
      onConfirm={onConfirm}
    >
      <Text>
        It will listen on <b>{choice.label}</b> ({choice.detail}), port <b>{port}</b>.
      </Text>
      <ul className={classes['points']} aria-label="What this exposes">
        {exposureOf(choice.scope, choice.isPublic).map((code) => (
          <li key={code}>{sharingFacts[code]}</li>
        ))}
      </ul>
      <Text size="xs" c="dimmed">
        Use it in a network whose members you trust. Each key can also be limited to the addresses of its clients.
      </Text>
    </ConfirmDialog>
  )
}
