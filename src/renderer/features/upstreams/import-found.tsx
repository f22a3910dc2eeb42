/** The Codex of whoever runs Weir. Looked at when it is asked for, not before. */
import { Anchor, Button, Group, Text } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'react-router'
import type { RouteOutput } from '../../../shared/contract.ts'
import { CopyText } from '../../components/copy.tsx'
import { FactList } from '../../components/facts.tsx'
import { Tag } from '../../components/status-badge.tsx'
import { OperatorError } from '../../lib/operator-error.ts'
import { useAction } from '../../lib/use-action.tsx'
import { AccountProblem } from './account-problem.tsx'
import type { ImportPartProps } from './import-part-props.ts'
import { planWord } from './words.ts'

type Found = RouteOutput<'account.found'>

export function ImportFound(props: ImportPartProps) {
  const look = useAction('account.found', { errorToast: false })
  const [found, setFound] = useState<Found | null>(null)
  if (found === null) {
    return (
      <>
        <Text c="dimmed">
          Looks for the auth.json of Codex where Weir runs: in CODEX_HOME, or else ~/.codex. The file is read, never
          written.
        </Text>
        {look.error !== null && <AccountProblem problem={look.error} />}
        <Button
          variant="default"
          loading={look.isPending}
          onClick={() => void look.run({}).then(setFound, () => undefined)}
        >
          Look for Codex
        </Button>
      </>
    )
  }
  return <Offer {...props} found={found} onAgain={() => setFound(null)} />
}

interface OfferProps extends ImportPartProps {
  readonly found: Found
  readonly onAgain: () => void
}

function Offer({ found, blockedBy, isSending, onImport, onAgain }: OfferProps) {
  const { path, isThere, email, plan, upstreamId, problem } = found
  const isUsable = isThere && problem === null
  return (
    <>
      {!isThere && problem === null && <Text>There is no auth.json: Codex is not signed in there.</Text>}
      {problem !== null && <AccountProblem problem={new OperatorError(problem)} />}
      <FactList
        label="Codex found"
        facts={[
          { label: 'File', value: <CopyText text={path} what="path" /> },
          isUsable ? { label: 'Account', value: email ?? 'not said' } : null,
          isUsable && plan !== null ? { label: 'Plan', value: <Tag tone="info">{planWord(plan)}</Tag> } : null,
        ]}
      />
      {upstreamId !== null && (
        <Text>
          This account is{' '}
          <Anchor component={Link} to={`/upstreams/${upstreamId}`} inherit underline="always">
            an upstream
          </Anchor>{' '}
          already.
        </Text>
      )}
      <Group gap="xs">
        {isUsable && (
          <Button loading={isSending} disabled={blockedBy !== null} onClick={() => onImport({ source: 'home' })}>
            {email === null ? 'Import this account' : `Import ${email}`}
          </Button>
        )}
        <Button variant="default" disabled={isSending} onClick={onAgain}>
          Look again
        </Button>
      </Group>
    </>
  )
}
