/** Takes over tokens that exist already: those of a Codex that is signed in, or a token that a business workspace made. */
import { SegmentedControl, Text } from '@mantine/core'
import { useState } from 'react'
import type { RouteInput } from '../../../shared/contract.ts'
import { Notice } from '../../components/notice.tsx'
import { OperatorError } from '../../lib/operator-error.ts'
import { useAction } from '../../lib/use-action.tsx'
import { AccountProblem } from './account-problem.tsx'
import type { AccountTarget } from './account-target.ts'
import { ImportFile, ImportToken } from './import-fields.tsx'
import { ImportFound } from './import-found.tsx'
import type { Imported, ImportPartProps } from './import-part-props.ts'

const sources = [
  { value: 'home', label: 'Codex on this machine' },
  { value: 'text', label: 'auth.json' },
  { value: 'token', label: 'Business access token' },
] as const
type Source = (typeof sources)[number]['value']

export interface ImportAccountProps {
  readonly target: AccountTarget
  readonly blockedBy: string | null
  readonly onDone: (upstreamId: string) => void
}

export function ImportAccount({ target, blockedBy, onDone }: ImportAccountProps) {
  const [source, setSource] = useState<Source>('home')
  const [error, setError] = useState<OperatorError | null>(null)
  const action = useAction('account.import', { errorToast: false })

  async function send(imported: Imported): Promise<void> {
    setError(null)
    try {
      const input: RouteInput<'account.import'> = { ...imported, ...target }
      onDone((await action.run(input)).upstream.id)
    } catch (thrown) {
      setError(OperatorError.from(thrown))
    }
  }

  const part: ImportPartProps = {
    blockedBy,
    isSending: action.isPending,
    onImport: (imported) => void send(imported),
  }
  return (
    <>
      <SegmentedControl
        aria-label="What to import"
        value={source}
        data={[...sources]}
        disabled={action.isPending}
        onChange={(next) => {
          setSource(sources.find(({ value }) => value === next)?.value ?? 'home')
          setError(null)
        }}
      />
      {source !== 'token' && <TwoHolders />}
      {source === 'home' && <ImportFound {...part} />}
      {source === 'text' && <ImportFile {...part} />}
      {source === 'token' && <ImportToken {...part} />}
      {error !== null && <AccountProblem problem={error} />}
    </>
  )
}

function TwoHolders() {
  return (
    <Notice tone="warn" title="Two holders of one refresh token break each other">
      <Text>
        After the import both Codex and Weir have it; whoever renews it first makes the other sign in again. Sign Codex
        out on its machine, let it use Weir, or sign in with the browser instead.
      </Text>
    </Notice>
  )
}
