/** Sign-in at the provider's own page. Weir listens for the browser's way back; where it cannot, the address is pasted. */
import { Button, Group, Text, TextInput } from '@mantine/core'
import { IconExternalLink } from '@tabler/icons-react'
import { useState, type FormEvent } from 'react'
import { CopyButton } from '../../components/copy.tsx'
import { Notice } from '../../components/notice.tsx'
import { errorLine, OperatorError } from '../../lib/operator-error.ts'
import { Disclosure } from './disclosure.tsx'
import { SignInState } from './sign-in-state.tsx'
import type { AccountFlow, SignIn } from './use-sign-in.ts'

export interface SignInPartProps {
  readonly signIn: SignIn
  readonly blockedBy: string | null
}

export function SignInBrowser({ signIn, blockedBy }: SignInPartProps) {
  const { flow } = signIn

  async function begin(): Promise<void> {
    const begun = await signIn.begin()
    // A browser may refuse to open it after the wait; the link that then shows always opens.
    if (begun?.url) window.open(begun.url, '_blank', 'noopener,noreferrer')
  }

  return (
    <>
      <Text c="dimmed">
        Opens the sign-in page of ChatGPT. Weir notices by itself when you are done, and gets tokens of its own that it
        renews.
      </Text>
      <SignInState
        signIn={signIn}
        waiting="Waiting for the browser"
        label="Sign in with the browser"
        onBegin={() => void begin()}
        blockedBy={blockedBy}
      >
        {flow !== null && <Waiting key={flow.id} flow={flow} signIn={signIn} />}
      </SignInState>
    </>
  )
}

function Waiting({ flow, signIn }: { readonly flow: AccountFlow; readonly signIn: SignIn }) {
  return (
    <>
      <OutsideLink url={flow.url ?? ''} label="Open the sign-in page" />
      {flow.listens ? (
        <Disclosure title="The browser shows a page that fails to open">
          <PasteBack signIn={signIn} />
        </Disclosure>
      ) : (
        <>
          <Notice tone="warn" title="Weir does not hear of the end by itself">
            <Text>{flow.hint}</Text>
          </Notice>
          <PasteBack signIn={signIn} />
        </>
      )}
    </>
  )
}

/** Opens in a tab of its own; the desktop window hands it to the operator's browser. */
export function OutsideLink({ url, label }: { readonly url: string; readonly label: string }) {
  return (
    <Group gap="xs">
      <Button
        component="a"
        href={url}
        target="_blank"
        rel="noreferrer"
        variant="default"
        rightSection={<IconExternalLink size={14} aria-hidden />}
      >
        {label}
      </Button>
      <CopyButton text={url} label="Copy its address" />
    </Group>
  )
}

/** What is pasted holds a code that is worth an account: it leaves the page with the click that sends it. */
function PasteBack({ signIn }: { readonly signIn: SignIn }) {
  const [text, setText] = useState('')
  const [isSending, setSending] = useState(false)
  const [error, setError] = useState<OperatorError | null>(null)

  async function send(event: FormEvent): Promise<void> {
    event.preventDefault()
    const callbackUrl = text.trim()
    if (callbackUrl === '' || isSending) return
    setText('')
    setError(null)
    setSending(true)
    try {
      await signIn.complete(callbackUrl)
    } catch (thrown) {
      setError(OperatorError.from(thrown))
    } finally {
      setSending(false)
    }
  }

  return (
    <form onSubmit={(event) => void send(event)} noValidate>
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <TextInput
          flex={1}
          label="Address of the page that fails to open"
          description="After signing in: copy it whole from the browser’s address bar. It begins with http://localhost."
          placeholder="http://localhost:1455/auth/callback?code=…"
          autoComplete="off"
          spellCheck={false}
          value={text}
          error={error === null ? null : errorLine(error)}
          inputWrapperOrder={['label', 'description', 'error', 'input']}
          onChange={(event) => {
            setText(event.currentTarget.value)
            setError(null)
          }}
        />
        <Button type="submit" variant="default" disabled={text.trim() === ''} loading={isSending}>
          Finish sign-in
        </Button>
      </Group>
    </form>
  )
}
