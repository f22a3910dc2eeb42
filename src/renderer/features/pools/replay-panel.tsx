/** Past traffic through the saved plan and a draft, before it is saved: starts it, shows how far it is, and what it found. */
import { Button, Group, Select, Text } from '@mantine/core'
import { useState } from 'react'
import type { RouteInput } from '../../../shared/contract.ts'
import { JobProgress } from '../../components/job-progress.tsx'
import { ErrorState } from '../../components/states.tsx'
import { useRoute } from '../../lib/api.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { useAction } from '../../lib/use-action.tsx'
import { ReplayResult } from './replay-result.tsx'
import { spans, spanWords } from './replay-words.ts'

type Draft = NonNullable<RouteInput<'pool.replay'>['draft']>

interface ReplayPanelProps {
  readonly poolId: string
  readonly draft: Draft
  /** Heads the draft's column: "The draft". */
  readonly draftName: string
  /** Why there is nothing to replay yet; null where there is. */
  readonly blockedBy?: string | null
}

/** What was asked for, so that a change of the draft shows that the figures are of another one. */
interface Asked {
  readonly jobId: string
  readonly hours: number
  readonly draft: string
  readonly draftName: string
}

export function ReplayPanel({ poolId, draft, draftName, blockedBy = null }: ReplayPanelProps) {
  const [hours, setHours] = useState(1)
  const [asked, setAsked] = useState<Asked | null>(null)
  const start = useAction('pool.replay', { errorToast: false })
  const job = useRoute('job.get', { id: asked?.jobId ?? '' }, { enabled: asked !== null }).data
  const isRunning = job?.state === 'running'
  const written = JSON.stringify(draft)

  async function begin(): Promise<void> {
    try {
      const { id } = await start.run({ poolId, draft, hours })
      setAsked({ jobId: id, hours, draft: written, draftName })
    } catch {
      // Said by the state of the action.
    }
  }

  return (
    <>
      <Group gap="sm" mb="xs">
        <Button
          variant="default"
          disabled={blockedBy !== null}
          loading={start.isPending || isRunning}
          onClick={() => void begin()}
        >
          {`Replay the ${spanWords(hours)}`}
        </Button>
        <Select
          aria-label="Time to replay"
          w={140}
          allowDeselect={false}
          data={spans.map((span) => ({ value: String(span.hours), label: span.words }))}
          value={String(hours)}
          onChange={(next) => setHours(Number(next ?? 1))}
        />
        <Text c="dimmed" size="xs">
          {blockedBy ?? 'The same requests through the saved plan and this one. Nothing is sent.'}
        </Text>
      </Group>
      {start.error !== null && <ErrorState title="The replay could not be started" error={start.error} />}
      {asked !== null && job?.kind === 'pool.replay' && (
        <Outcome job={job} asked={asked} isOfAnother={asked.draft !== written} onAgain={() => void begin()} />
      )}
    </>
  )
}

type ReplayJob = Extract<NonNullable<ReturnType<typeof useRoute<'job.get'>>['data']>, { kind: 'pool.replay' }>

interface OutcomeProps {
  readonly job: ReplayJob
  readonly asked: Asked
  readonly isOfAnother: boolean
  readonly onAgain: () => void
}

function Outcome({ job, asked, isOfAnother, onAgain }: OutcomeProps) {
  const cancel = useAction('job.cancel')
  if (job.state === 'running') return <JobProgress label="Replaying" job={job} cancel={cancel} />
  if (job.state === 'cancelled') return <Text c="dimmed">The replay was cancelled.</Text>
  if (job.result === null) {
    const { code, message } = job.error ?? { code: 'internal', message: 'It ended without a result.' }
    return <ErrorState title="The replay failed" error={new OperatorError({ code, message })} onRetry={onAgain} />
  }
  return (
    <>
      {isOfAnother && (
        <Text c="var(--tone-warn)" size="xs" mb={4} role="status">
          The draft has changed since: these figures are of the one before. Replay again.
        </Text>
      )}
      <ReplayResult report={job.result} hours={asked.hours} draftName={asked.draftName} />
    </>
  )
}
