/** One real request with the new secret, and how it ended. */
import { Autocomplete, Button, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { RouteOutput } from '../../../shared/contract.ts'
import { CopyText } from '../copy.tsx'
import { Tag } from '../status-badge.tsx'
import { invoke, useRoute } from '../../lib/api.ts'
import { formatMs } from '../../lib/format.ts'
import { modelProblem } from '../../lib/model-id.ts'
import { nextStepOf, OperatorError } from '../../lib/operator-error.ts'
import { policyOf, type FreshSecret } from './fresh-secret.ts'
import { usableModels } from './usable-models.ts'

type Result = RouteOutput<'key.test'>

export function SecretTest({ secret }: { readonly secret: FreshSecret }) {
  const catalog = useRoute('model.catalog', {}).data ?? []
  const models = usableModels(catalog, policyOf(secret))
  const [model, setModel] = useState('')
  const [isPending, setPending] = useState(false)
  const [result, setResult] = useState<Result | null>(null)
  const [error, setError] = useState<OperatorError | null>(null)
  const problem = model.trim() === '' ? null : modelProblem(model)

  async function test(): Promise<void> {
    setPending(true)
    setError(null)
    setResult(null)
    try {
      const chosen = model.trim()
      setResult(await invoke('key.test', { secret: secret.text(), ...(chosen === '' ? {} : { model: chosen }) }))
    } catch (thrown) {
      setError(OperatorError.from(thrown))
    } finally {
      setPending(false)
    }
  }

  return (
    <Stack gap={6}>
      <Group gap="xs" align="flex-end">
        <Autocomplete
          label="Test with model"
          placeholder="First that it may use"
          w={260}
          limit={50}
          data={[...models]}
          value={model}
          onChange={setModel}
          error={problem}
        />
        <Button variant="default" loading={isPending} disabled={problem !== null} onClick={() => void test()}>
          Test
        </Button>
        <Text size="xs" c="dimmed">
          Sends one small real request through the gateway; it may cost a few tokens.
        </Text>
      </Group>
      <div aria-live="polite">
        {result !== null && <Outcome result={result} />}
        {error !== null && (
          <Text c="var(--tone-bad)">{`${error.message} ${nextStepOf(error.code)} (${error.code})`}</Text>
        )}
      </div>
    </Stack>
  )
}

function Outcome({ result }: { readonly result: Result }) {
  const { ok, status, latencyMs, message, next, requestId, errorCode } = result
  return (
    <Stack gap={2}>
      <Group gap="xs">
        <Tag tone={ok ? 'ok' : 'bad'}>{`${status === 0 ? 'no answer' : status} in ${formatMs(latencyMs)}`}</Tag>
        <Text>{message}</Text>
      </Group>
      <Group gap="xs">
        {next !== null && <Text c="dimmed">{next}</Text>}
        {errorCode !== null && (
          <Text size="xs" c="dimmed" ff="monospace">
            {errorCode}
          </Text>
        )}
        {requestId !== null && <CopyText text={requestId} what="request id" />}
      </Group>
    </Stack>
  )
}
