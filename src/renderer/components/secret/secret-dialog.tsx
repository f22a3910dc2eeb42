/**
 * The one time a secret is seen. It leaves only by "Done", after the operator said that it is saved: Escape, a click
 * outside, "back" and every link are held off and say why, and a reload is asked about by the browser.
 */
import { Button, Checkbox, Group, Modal, Stack, Text } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useBlocker } from 'react-router'
import { formatTime, zoneOf } from '../../lib/format.ts'
import { policyOf, type FreshSecret } from './fresh-secret.ts'
import classes from './secret.module.css'
import { SecretText } from './secret-text.tsx'
import { SnippetTabs } from './snippet-tabs.tsx'
import { SecretTest } from './secret-test.tsx'

export interface SecretDialogProps {
  readonly secret: FreshSecret | null
  /** Forget it, and go on. */
  readonly onDone: (secret: FreshSecret) => void
}

export function SecretDialog({ secret, onDone }: SecretDialogProps) {
  const [isHeldOff, setHeldOff] = useState(false)
  return (
    <Modal
      opened={secret !== null}
      onClose={() => setHeldOff(true)}
      withCloseButton={false}
      size="xl"
      title={secret === null ? '' : titleOf(secret)}
      // Gone at once: a fading dialog would still hold the secret.
      transitionProps={{ duration: 0 }}
    >
      {secret !== null && (
        <SecretBody
          secret={secret}
          isHeldOff={isHeldOff}
          onHoldOff={() => setHeldOff(true)}
          onDone={() => {
            setHeldOff(false)
            secret.forget()
            onDone(secret)
          }}
        />
      )}
    </Modal>
  )
}

function titleOf({ key, token, reason }: FreshSecret): string {
  if (token !== null) return `The token ${token.name} is made`
  return reason === 'created' ? `The key ${key.name} is made` : `The new secret of ${key.name}`
}

function oldSecretWords({ key: { previous } }: FreshSecret): string {
  if (previous === null) return 'The old secret no longer works.'
  return `The old secret opens until ${formatTime(previous.until)}, ${zoneOf(previous.until)}.`
}

function endWords(at: number): string {
  return `It works until ${formatTime(at)}, ${zoneOf(at)}, and no longer than its key.`
}

interface BodyProps {
  readonly secret: FreshSecret
  readonly isHeldOff: boolean
  readonly onHoldOff: () => void
  readonly onDone: () => void
}

function SecretBody({ secret, isHeldOff, onHoldOff, onDone }: BodyProps) {
  const [isSaved, setSaved] = useState(false)
  useHoldOff(onHoldOff)
  return (
    <Stack gap="sm">
      <Text>
        This is the only time that the secret is shown. Weir keeps a hash of it and cannot show it again.
        {secret.reason === 'rotated' && ` ${oldSecretWords(secret)}`}
        {secret.token !== null && ` ${endWords(secret.token.expiresAt)}`}
      </Text>
      <SecretText secret={secret} />
      <SecretTest secret={secret} />
      <SnippetTabs policy={policyOf(secret)} secret={secret} />
      <div className={classes['foot']}>
        {isHeldOff && !isSaved && (
          <Text role="alert" c="var(--tone-warn)">
            Not closed: the secret would be lost. Save it, then say so here.
          </Text>
        )}
        <Group justify="space-between" gap="xs">
          <Checkbox
            label="I have saved the secret"
            checked={isSaved}
            onChange={(event) => setSaved(event.currentTarget.checked)}
          />
          <Group gap="xs">
            {!isSaved && (
              <Text size="xs" c="dimmed" id="secret-reason">
                Say that you have saved it first.
              </Text>
            )}
            <Button disabled={!isSaved} onClick={onDone} {...(isSaved ? {} : { 'aria-describedby': 'secret-reason' })}>
              Done
            </Button>
          </Group>
        </Group>
      </div>
    </Stack>
  )
}

function useHoldOff(onHoldOff: () => void): void {
  const latest = useRef(onHoldOff)
  useEffect(() => {
    latest.current = onHoldOff
  })
  const blocker = useBlocker(({ currentLocation, nextLocation }) => currentLocation.pathname !== nextLocation.pathname)
  useEffect(() => {
    if (blocker.state !== 'blocked') return
    blocker.reset()
    latest.current()
  }, [blocker])
  useEffect(() => {
    const onLeave = (event: BeforeUnloadEvent) => {
      event.preventDefault()
      latest.current()
    }
    addEventListener('beforeunload', onLeave)
    return () => removeEventListener('beforeunload', onLeave)
  }, [])
}
