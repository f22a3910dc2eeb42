/** First step: the simulator, or an account that is checked live before it is saved. */
import { Anchor, Button, Group, Radio, Stack, Text, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { Link } from 'react-router'
import { CodeText } from '../../components/code-text.tsx'
import type { RouteOutput } from '../../../shared/contract.ts'
import { SecretField } from '../../components/secret-field.tsx'
import { invoke } from '../../lib/api.ts'
import { formatMs, formatNoun } from '../../lib/format.ts'
import { nextStepOf, OperatorError } from '../../lib/operator-error.ts'
import { useAction } from '../../lib/use-action.tsx'
import {
  accountDraft,
  accountProblems,
  firstProblem,
  freeName,
  type AccountForm,
  type AccountKind,
} from './account-form.ts'
import type { Upstream } from './use-first-run.ts'
import classes from './welcome.module.css'

type Kind = AccountKind | 'simulator'
type Test = RouteOutput<'upstream.probe'>

const kinds: readonly { readonly value: Kind; readonly label: string; readonly text: string }[] = [
  { value: 'simulator', label: 'Simulator', text: 'Built in, works offline, costs nothing. Right for trying out.' },
  { value: 'openai', label: 'OpenAI', text: 'An account with an API key.' },
  {
    value: 'openai-compatible',
    label: 'OpenAI-compatible',
    text: 'Any other server: Ollama, vLLM, LiteLLM, a provider.',
  },
]

export interface UpstreamStepProps {
  readonly upstreams: readonly Upstream[]
  readonly onDone: () => void
}

export function UpstreamStep({ upstreams, onDone }: UpstreamStepProps) {
  const hasSimulator = upstreams.some(({ kind }) => kind === 'simulator')
  const [kind, setKind] = useState<Kind>(hasSimulator ? 'openai' : 'simulator')
  const simulator = useAction('setup.simulator', {
    success: ({ upstream, created }) => (created ? `Added ${upstream.name}` : `${upstream.name} was there already`),
    onDone,
  })
  return (
    <Stack gap="sm">
      <Radio.Group
        aria-label="What answers the requests"
        value={kind}
        onChange={(next) => setKind(kinds.find(({ value }) => value === next)?.value ?? 'simulator')}
      >
        <div className={classes['kinds']}>
          {kinds.map(({ value, label, text }) => (
            <div key={value} className={classes['kind']} {...(kind === value ? { 'data-checked': true } : {})}>
              <Radio value={value} label={label} description={text} />
            </div>
          ))}
        </div>
      </Radio.Group>
      {kind === 'simulator' ? (
        <Group gap="xs">
          <Button loading={simulator.isPending} onClick={() => simulator.fire({})}>
            Use the simulator
          </Button>
          {upstreams.length > 0 && <KeepButton upstreams={upstreams} onDone={onDone} />}
        </Group>
      ) : (
        <Account key={kind} kind={kind} upstreams={upstreams} onDone={onDone} />
      )}
    </Stack>
  )
}

function KeepButton({ upstreams, onDone }: UpstreamStepProps) {
  return (
    <Button variant="default" onClick={onDone}>
      {`Go on with ${upstreams.length === 1 ? (upstreams[0]?.name ?? '') : `the ${upstreams.length} upstreams there are`}`}
    </Button>
  )
}

function Account({ kind, upstreams, onDone }: UpstreamStepProps & { readonly kind: AccountKind }) {
  const taken = new Set(upstreams.map(({ name }) => name.toLowerCase()))
  const [form, setForm] = useState<AccountForm>(() => ({
    kind,
    name: freeName(kind === 'openai' ? 'OpenAI' : 'Local server', taken),
    baseUrl: '',
    apiKey: '',
  }))
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const account = useAddAccount(() => {
    setForm((before) => ({ ...before, apiKey: '' }))
    onDone()
  })
  const { test, isPending, error } = account
  const problems = accountProblems(form, taken)
  const reason = firstProblem(problems)
  const shown = (field: 'name' | 'baseUrl' | 'apiKey') =>
    left.has(field) || form[field] !== '' ? problems[field] : null
  const refused = (field: 'baseUrl' | 'secret') =>
    test !== null && !test.ok && test.field === field ? test.message : null

  function change(patch: Partial<AccountForm>): void {
    setForm((before) => ({ ...before, ...patch }))
    account.forget()
  }
  const leave = (field: string) => () => setLeft((before) => new Set([...before, field]))

  function onSubmit(event: FormEvent): void {
    event.preventDefault()
    if (reason === null) account.checkAndAdd(form)
  }

  return (
    <form onSubmit={onSubmit} noValidate>
      <Stack gap="xs" maw={520}>
        <TextInput
          label="Name"
          description="What it is called here."
          withAsterisk
          maxLength={80}
          value={form.name}
          error={shown('name')}
          onBlur={leave('name')}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
        {kind === 'openai-compatible' && (
          <TextInput
            label="Base URL"
            placeholder="http://127.0.0.1:11434/v1"
            withAsterisk
            spellCheck={false}
            value={form.baseUrl}
            error={refused('baseUrl') ?? shown('baseUrl')}
            onBlur={leave('baseUrl')}
            onChange={(event) => change({ baseUrl: event.currentTarget.value })}
          />
        )}
        <SecretField
          label="API key"
          description={
            kind === 'openai'
              ? 'Kept in this machine’s secret store and never shown again.'
              : 'Leave it empty where the server wants none. Kept in this machine’s secret store and never shown again.'
          }
          withAsterisk={kind === 'openai'}
          value={form.apiKey}
          error={refused('secret') ?? shown('apiKey')}
          onBlur={leave('apiKey')}
          onChange={(apiKey) => change({ apiKey })}
        />
        <Outcome test={test} error={error} />
        <Group gap="xs">
          <Button type="submit" loading={isPending} disabled={reason !== null} aria-describedby="account-reason">
            Check and add
          </Button>
          {test !== null && !test.ok && (
            <Button variant="default" disabled={reason !== null || isPending} onClick={() => account.add(form)}>
              Add anyway
            </Button>
          )}
          {upstreams.length > 0 && <KeepButton upstreams={upstreams} onDone={onDone} />}
          <Text size="xs" c="dimmed" id="account-reason">
            {reason}
          </Text>
        </Group>
        <Text size="xs" c="dimmed">
          Proxy, extra headers and models by hand are on the{' '}
          <Anchor component={Link} inherit underline="always" to="/upstreams/new">
            full form
          </Anchor>
          .
        </Text>
      </Stack>
    </form>
  )
}

function Outcome({ test, error }: { readonly test: Test | null; readonly error: OperatorError | null }) {
  return (
    <div aria-live="polite">
      {error !== null && (
        <Text c="var(--tone-bad)">
          <CodeText text={`${error.message} ${nextStepOf(error.code)} (${error.code})`} />
        </Text>
      )}
      {test !== null && test.ok && (
        <Text c="var(--tone-ok)">{`Works: ${formatNoun(test.models.length, 'model')} in ${formatMs(test.latencyMs)}.`}</Text>
      )}
      {test !== null && !test.ok && (
        <Text c="var(--tone-bad)">
          <CodeText
            text={[test.field === null ? test.message : null, test.next, test.errorCode && `(${test.errorCode})`]
              .filter(Boolean)
              .join(' ')}
          />
        </Text>
      )}
    </div>
  )
}

/** Checks, and adds when the check went well. The secret passes through and is kept in the form alone. */
function useAddAccount(onAdded: () => void) {
  const [test, setTest] = useState<Test | null>(null)
  const [isPending, setPending] = useState(false)
  const [error, setError] = useState<OperatorError | null>(null)
  const create = useAction('upstream.create', { errorToast: false, success: (made) => `Added ${made.name}` })

  async function within(work: () => Promise<void>): Promise<void> {
    setPending(true)
    setError(null)
    try {
      await work()
    } catch (thrown) {
      setError(OperatorError.from(thrown))
    } finally {
      setPending(false)
    }
  }
  async function addNow(form: AccountForm): Promise<void> {
    await create.run(accountDraft(form))
    onAdded()
  }
  return {
    test,
    isPending,
    error,
    forget() {
      setTest(null)
      setError(null)
    },
    add: (form: AccountForm) => void within(() => addNow(form)),
    checkAndAdd: (form: AccountForm) =>
      void within(async () => {
        const outcome = await invoke('upstream.probe', accountDraft(form))
        setTest(outcome)
        if (outcome.ok) await addNow(form)
      }),
  }
}
