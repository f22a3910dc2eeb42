/** How a sign-in stands: what it waits for, how long it still does, and how it ended. */
import { Button, Group, Loader, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { AccountProblem } from './account-problem.tsx'
import { Countdown } from './countdown.tsx'
import type { SignIn } from './use-sign-in.ts'

export interface SignInStateProps {
  readonly signIn: SignIn
  /** "Waiting for the browser". */
  readonly waiting: string
  /** On the button that starts it. */
  readonly label: string
  readonly onBegin: () => void
  /** Why it cannot be started. */
  readonly blockedBy: string | null
  /** While it waits. */
  readonly children: ReactNode
}

export function SignInState({ signIn, waiting, label, onBegin, blockedBy, children }: SignInStateProps) {
  const { flow, isOpen, isStarting, error, cancel } = signIn
  const problem = error ?? flow?.error ?? null
  const button = (text: string) => (
    <Button onClick={onBegin} loading={isStarting} disabled={blockedBy !== null}>
      {text}
    </Button>
  )
  return (
    <>
      {!isOpen && problem !== null && <AccountProblem key={flow?.id} problem={problem} />}
      {!isOpen && flow?.state !== 'done' && <div>{button(problem === null ? label : 'Start again')}</div>}
      <Group gap="xs">
        <div role="status" aria-label="State of the sign-in">
          {isOpen && (
            <Group gap="xs">
              <Loader size="xs" />
              <Text>{flow?.state === 'waiting' ? waiting : 'Signed in there. Taking over the account…'}</Text>
            </Group>
          )}
          {flow?.state === 'done' && <Text>The account is in Weir.</Text>}
        </div>
        {flow?.state === 'waiting' && (
          <Text c="dimmed">
            <Countdown until={flow.expiresAt} /> min left
          </Text>
        )}
      </Group>
      {flow?.state === 'waiting' && (
        <>
          {children}
          <Button variant="default" onClick={cancel}>
            Cancel sign-in
          </Button>
        </>
      )}
    </>
  )
}
