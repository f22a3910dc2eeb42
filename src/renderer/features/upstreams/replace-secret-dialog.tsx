/** Replaces what is stored. The new secret is tried before it is saved, and is gone from the page with the dialog. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useEffect, useRef, useState, type FormEvent } from 'react'
import { Time } from '../../components/time.tsx'
import { invoke } from '../../lib/api.ts'
import { errorLine, OperatorError } from '../../lib/operator-error.ts'
import { useAction } from '../../lib/use-action.tsx'
import { CheckView } from './check-view.tsx'
import { ApiKeyField, HeaderFields, ProxyCredentialsField } from './secret-fields.tsx'
import { isBlank, secretFormFor, secretIds, secretOf, secretProblems, type SecretForm } from './secret-form.ts'
import { formOf } from './upstream-form.ts'
import { refusalsOf } from './upstream-refusals.ts'
import type { Upstream } from './upstream-rows.ts'
import { useCheck } from './use-check.ts'

export interface ReplaceSecretDialogProps {
  readonly target: Upstream | null
  readonly onClose: () => void
}

export function ReplaceSecretDialog({ target, onClose }: ReplaceSecretDialogProps) {
  return (
    <Modal
      opened={target !== null}
      onClose={onClose}
      closeOnClickOutside={false}
      size="lg"
      title={`${target?.secret === null ? 'Set' : 'Replace'} the secret of ${target?.name ?? ''}`}
    >
      {target !== null && <SecretBody upstream={target} onClose={onClose} />}
    </Modal>
  )
}

function SecretBody({ upstream, onClose }: { readonly upstream: Upstream; readonly onClose: () => void }) {
  const [secret, setSecret] = useState<SecretForm>(() => secretFormFor(upstream.secret))
  const [refusals, setRefusals] = useState<Readonly<Record<string, string>>>({})
  const [error, setError] = useState<OperatorError | null>(null)
  const check = useCheck()
  const save = useAction('upstream.setSecret', {
    errorToast: false,
    success: () => `Replaced the secret of ${upstream.name}`,
  })
  const said = useRef<HTMLParagraphElement>(null)
  useEffect(() => said.current?.focus(), [error])

  const problem = blockedBy(upstream, secret)
  const hasFailed = check.error !== null || check.result?.ok === false

  function change(patch: Partial<SecretForm>): void {
    setSecret((before) => ({ ...before, ...patch }))
    setRefusals({})
    setError(null)
    check.clear()
  }

  async function test(): Promise<boolean> {
    const result = await check.run(() => invoke('upstream.probeEdit', { id: upstream.id, secret: secretOf(secret) }))
    if (result?.field === 'secret') setRefusals({ [secretIds.apiKey]: result.message })
    return result?.ok === true
  }

  async function store(): Promise<void> {
    try {
      await save.run({ id: upstream.id, secret: secretOf(secret) })
      onClose()
    } catch (thrown) {
      const refused = OperatorError.from(thrown)
      setRefusals(refusalsOf(refused, { ...formOf(upstream, []), secret }))
      setError(refused)
    }
  }

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault()
    if (problem !== null || check.isRunning) return
    if (check.result?.ok === true || (await test())) await store()
  }

  const props = { secret, onChange: change, refusals }
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="sm">
        <StoredFacts upstream={upstream} />
        <ApiKeyField kind={upstream.kind} {...props} />
        {upstream.proxyUrl !== null && <ProxyCredentialsField {...props} />}
        <HeaderFields {...props} />
        <CheckView check={check} />
        {error !== null && (
          <Text role="alert" c="var(--tone-bad)" ref={said} tabIndex={-1}>
            {errorLine(error)}
          </Text>
        )}
        <Group justify="flex-end" gap="xs">
          <Text size="xs" c="dimmed" flex={1} id="secret-reason" aria-live="polite">
            {problem ?? ''}
          </Text>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          {hasFailed && (
            <Button variant="default" loading={save.isPending} disabled={problem !== null} onClick={() => void store()}>
              Replace anyway
            </Button>
          )}
          <Button
            type="submit"
            disabled={problem !== null}
            loading={check.isRunning || save.isPending}
            aria-describedby="secret-reason"
          >
            {hasFailed ? 'Check again' : 'Check and replace'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function blockedBy({ kind, secret: stored }: Upstream, form: SecretForm): string | null {
  const [first] = secretProblems(kind, form)
  if (first !== undefined) return first.message
  return stored === null && isBlank(form) ? 'Enter an API key or a header.' : null
}

function StoredFacts({ upstream: { secret, kind } }: { readonly upstream: Upstream }) {
  if (secret === null) return <Text c="dimmed">Nothing is stored yet.</Text>
  return (
    <Text c="dimmed" component="div">
      Stored now: fingerprint <code>{secret.fingerprint}</code>, set <Time at={secret.setAt} />. What you enter replaces
      all of it: API key, headers and proxy credentials.
      {kind !== 'openai' && ' Left empty, the upstream is used without a credential.'}
    </Text>
  )
}
