/** Sign-in by a code that is typed on another device: for machines without a browser. */
import { Group, Text } from '@mantine/core'
import { CopyButton } from '../../components/copy.tsx'
import { OutsideLink, type SignInPartProps } from './sign-in-browser.tsx'
import { SignInState } from './sign-in-state.tsx'
import classes from './account.module.css'

export function SignInDevice({ signIn, blockedBy }: SignInPartProps) {
  const { flow } = signIn
  return (
    <>
      <Text c="dimmed">
        For a machine without a browser: enter a code on any other device. ChatGPT must allow it first, in its settings
        under Security: “device codes for Codex”. In a workspace its administrator does.
      </Text>
      <SignInState
        signIn={signIn}
        waiting="Waiting for the code to be entered"
        label="Get a code"
        onBegin={() => void signIn.begin()}
        blockedBy={blockedBy}
      >
        {flow !== null && flow.userCode !== null && (
          <>
            <Group gap="md">
              <output className={classes['code']} aria-label="Code">
                {flow.userCode}
              </output>
              <CopyButton text={flow.userCode} label="Copy the code" />
            </Group>
            <Text>Open this page, sign in there and enter the code. Give it to nobody: it lets in whoever has it.</Text>
            <OutsideLink url={flow.url ?? ''} label="Open the page for the code" />
          </>
        )}
      </SignInState>
    </>
  )
}
