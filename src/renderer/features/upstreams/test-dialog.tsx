/** A live check of a saved upstream, shown while it runs and with what to do when it fails. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useEffect } from 'react'
import { Link } from 'react-router'
import { invoke } from '../../lib/api.ts'
import { CheckView } from './check-view.tsx'
import type { Upstream } from './upstream-rows.ts'
import { useCheck } from './use-check.ts'
import { credentialWord } from './words.ts'

export interface TestDialogProps {
  readonly target: Upstream | null
  readonly onClose: () => void
  readonly onReplaceSecret: (upstream: Upstream) => void
}

export function TestDialog({ target, onClose, onReplaceSecret }: TestDialogProps) {
  return (
    <Modal opened={target !== null} onClose={onClose} title={`Test of ${target?.name ?? ''}`} size="lg">
      {target !== null && <TestBody upstream={target} onClose={onClose} onReplaceSecret={onReplaceSecret} />}
    </Modal>
  )
}

interface TestBodyProps extends Omit<TestDialogProps, 'target'> {
  readonly upstream: Upstream
}

function TestBody({ upstream, onClose, onReplaceSecret }: TestBodyProps) {
  const check = useCheck()
  const { id, kind } = upstream
  const start = () => void check.run(() => invoke('upstream.test', { id }))
  useEffect(() => {
    start()
    // Once, when the dialog opens.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [])
  const field = check.result?.field
  return (
    <Stack gap="sm">
      <Text c="dimmed">
        {kind === 'simulator'
          ? 'The simulator lists its models. Its faults apply to requests, not to this test.'
          : 'Asks the upstream for its list of models, with the stored credential. No tokens are used.'}
      </Text>
      <CheckView check={check} />
      <Group justify="flex-end" gap="xs">
        {field === 'secret' && (
          <Button
            variant="default"
            onClick={() => {
              onClose()
              onReplaceSecret(upstream)
            }}
          >
            {credentialWord(upstream)}
          </Button>
        )}
        {(field === 'baseUrl' || field === 'proxyUrl') && (
          <Button variant="default" component={Link} to={`/upstreams/${id}/edit`} onClick={onClose}>
            Edit the address
          </Button>
        )}
        <Button variant="default" loading={check.isRunning} onClick={start}>
          Test again
        </Button>
        <Button data-autofocus onClick={onClose}>
          Close
        </Button>
      </Group>
    </Stack>
  )
}
