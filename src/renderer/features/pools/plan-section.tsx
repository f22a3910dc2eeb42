/** Trying routing: who would serve a request now, in which order and why, and what it would be without some upstreams. */
import { Anchor, Autocomplete, Button, Group, Select, Skeleton, Text, TextInput } from '@mantine/core'
import { useMemo, useState, type FormEvent } from 'react'
import { Link } from 'react-router'
import { DetailPart, StateLine } from '../../components/detail-part.tsx'
import { usableModels } from '../../components/secret/usable-models.ts'
import { QueryState } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { useRoute } from '../../lib/api.ts'
import { withParams } from '../../lib/url-state.ts'
import { PlanTable } from './plan-table.tsx'
import { affinityWords, summaryWords, type PlanPreview, type PlanView } from './plan-words.ts'
import type { Pool } from './pool-rows.ts'
import { ReplayPanel } from './replay-panel.tsx'
import classes from './plan.module.css'

const routes = ['chat', 'responses', 'embeddings'] as const
/** Rests and windows end without any news of the core. */
const POLL_MS = 5_000
const ANY_KEY = 'any'

interface Question {
  readonly keyId: string
  /** Empty: the Pool's most used one. */
  readonly model: string
  readonly session: string
  readonly route: (typeof routes)[number]
}

export function PlanSection({ pool }: { readonly pool: Pool }) {
  const catalog = useRoute('model.catalog', {})
  const models = useMemo(
    () => usableModels(catalog.data ?? [], { poolId: pool.id, modelPolicy: { mode: 'all' } }),
    [catalog.data, pool.id],
  )
  const [question, setQuestion] = useState<Question>({ keyId: ANY_KEY, model: '', session: '', route: 'chat' })
  const [without, setWithout] = useState<readonly string[]>([])
  const model = question.model === '' ? (models[0] ?? '') : question.model
  const { keyId } = question
  return (
    <DetailPart
      title="Try routing"
      isWide
      end={
        keyId !== ANY_KEY && (
          <Anchor
            component={Link}
            size="xs"
            to={withParams(`/keys/${keyId}/doctor`, { ask: '1', model, route: question.route })}
          >
            Ask the Doctor about all of it
          </Anchor>
        )
      }
    >
      <Text c="dimmed" size="xs" mb={4}>
        Who would serve a request at this moment. Nothing is sent, and nothing is changed.
      </Text>
      <QuestionForm poolId={pool.id} models={models} question={question} onAsk={setQuestion} />
      {model === '' ? (
        <Text c="dimmed">
          {catalog.data === undefined ? '' : 'No upstream of this Pool has named a model: name the one to ask for.'}
        </Text>
      ) : (
        <Answer
          poolId={pool.id}
          question={{ ...question, model }}
          without={without.filter((id) => isIn(pool, id) || pool.routing.fallbackPoolId !== null)}
          onWithout={setWithout}
        />
      )}
    </DetailPart>
  )
}

function isIn({ assignments }: Pool, id: string): boolean {
  return assignments.some(({ upstreamId }) => upstreamId === id)
}

interface QuestionFormProps {
  readonly poolId: string
  readonly models: readonly string[]
  readonly question: Question
  readonly onAsk: (question: Question) => void
}

/** Choices count at once; what is typed counts when it is done. */
function QuestionForm({ poolId, models, question, onAsk }: QuestionFormProps) {
  const keys = useRoute('key.list', { poolId }).data ?? []
  const [typed, setTyped] = useState({ model: question.model, session: question.session })
  const ask = (patch: Partial<Question> = {}) => {
    const next = { ...question, model: typed.model.trim(), session: typed.session.trim(), ...patch }
    if (JSON.stringify(next) !== JSON.stringify(question)) onAsk(next)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    ask()
  }
  return (
    <form onSubmit={submit} aria-label="The request to try" noValidate>
      <Group gap="sm" align="flex-end" className={classes['question'] ?? ''}>
        <Select
          label="Key"
          w={190}
          searchable
          allowDeselect={false}
          data={[
            { value: ANY_KEY, label: 'A key without limits' },
            ...keys.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          value={question.keyId}
          onChange={(keyId) => ask({ keyId: keyId ?? ANY_KEY })}
        />
        <Autocomplete
          label="Model"
          w={230}
          limit={50}
          placeholder={models[0] ?? 'as the client asks'}
          data={[...models]}
          value={typed.model}
          onChange={(model) => setTyped((before) => ({ ...before, model }))}
          onOptionSubmit={(model) => ask({ model })}
          onBlur={() => ask()}
        />
        <TextInput
          label="Session"
          w={190}
          placeholder="none"
          spellCheck={false}
          maxLength={200}
          value={typed.session}
          onChange={(event) => {
            const session = event.currentTarget.value
            setTyped((before) => ({ ...before, session }))
          }}
          onBlur={() => ask()}
        />
        <Select
          label="Route"
          w={130}
          allowDeselect={false}
          data={[...routes]}
          value={question.route}
          onChange={(next) => ask({ route: routes.find((each) => each === next) ?? 'chat' })}
        />
        <Button type="submit" variant="default">
          Show the plan
        </Button>
      </Group>
    </form>
  )
}

interface AnswerProps {
  readonly poolId: string
  readonly question: Question
  readonly without: readonly string[]
  readonly onWithout: (upstreams: readonly string[]) => void
}

function Answer({ poolId, question: { keyId, model, session, route }, without, onWithout }: AnswerProps) {
  const draft = { pausedUpstreams: [...without] }
  const query = useRoute(
    'pool.previewPlan',
    {
      poolId,
      keyId: keyId === ANY_KEY ? null : keyId,
      model,
      route,
      ...(session === '' ? {} : { session }),
      ...(without.length === 0 ? {} : { draft }),
    },
    { refetchInterval: POLL_MS, keepPrevious: true },
  )
  const toggle = (id: string, isOut: boolean) =>
    onWithout(isOut ? [...without, id] : without.filter((other) => other !== id))
  return (
    <QueryState query={query} what="The plan" loading={<Skeleton height={120} />}>
      {(preview) => (
        <>
          <Told preview={preview} asked={model} />
          <PlanTable
            view={preview.draft ?? preview.now}
            saved={preview.draft === null ? null : preview.now}
            without={without}
            onWithout={toggle}
          />
          {without.length > 0 && (
            <div className={classes['replay']}>
              <ReplayPanel poolId={poolId} draft={draft} draftName={withoutWords(preview, without)} />
            </div>
          )}
        </>
      )}
    </QueryState>
  )
}

/** `Without A and B` */
function withoutWords({ now }: PlanPreview, without: readonly string[]): string {
  const names = without.map((id) => now.places.find(({ upstreamId }) => upstreamId === id)?.name ?? 'one that is gone')
  const last = names.pop() ?? ''
  return `Without ${names.length === 0 ? last : `${names.join(', ')} and ${last}`}`
}

function Told({ preview, asked }: { readonly preview: PlanPreview; readonly asked: string }) {
  const view = preview.draft ?? preview.now
  return (
    <div className={classes['told']} aria-live="polite">
      {view.refusal === null ? <Text>{sentences(view, asked)}</Text> : <Refused refusal={view.refusal} />}
      {view.waits !== null && <StateLine>{`It would wait for room first: ${view.waits}`}</StateLine>}
    </div>
  )
}

function sentences(view: PlanView, asked: string): string {
  return [summaryWords(view, asked), affinityWords(view)].filter((part) => part !== null).join(' ')
}

function Refused({ refusal: { code, message, readyAt } }: { readonly refusal: NonNullable<PlanView['refusal']> }) {
  return (
    <StateLine tone="bad">
      <span>
        {`It would be refused: ${message} (${code})`}
        {readyAt !== null && (
          <>
            {' '}
            The first is ready <Time at={readyAt} />.
          </>
        )}
      </span>
    </StateLine>
  )
}
