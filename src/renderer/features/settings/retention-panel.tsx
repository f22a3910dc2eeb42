/** How much of the request log is kept: the rule, what it would delete now, and deleting it. */
import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import type { DataStatus, RetentionPreview, RetentionRule } from '../../../shared/models/data-care.ts'
import { ConfirmDialog } from '../../components/dialogs.tsx'
import { JobNotice } from '../../components/job-notice.tsx'
import { QueryState } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { useRoute } from '../../lib/api.ts'
import { useNow } from '../../lib/clock.ts'
import { formatCount, formatNoun } from '../../lib/format.ts'
import { useAction } from '../../lib/use-action.tsx'
import { useJob } from '../../lib/use-job.ts'
import { SettingField } from './setting-field.tsx'
import classes from './settings.module.css'
import type { SettingForm } from './use-setting-form.ts'

/** The rule as it is typed now. Null while that cannot be read. */
function ruleOf(form: SettingForm): RetentionRule | null {
  const [days, rows] = [form.value('retention.days'), form.value('retention.rows')]
  const isReadable = !form.problems.has('retention.days') && !form.problems.has('retention.rows')
  return isReadable && typeof days === 'number' && typeof rows === 'number' ? { days, rows } : null
}

export interface RetentionPanelProps {
  readonly form: SettingForm
  readonly status: DataStatus
}

export function RetentionPanel({ form, status }: RetentionPanelProps) {
  const typed = ruleOf(form)
  const view = useJob('retention.apply')
  return (
    <section className={classes['section']} aria-labelledby="retention-title">
      <Title order={2} id="retention-title">
        Retention of the request log
      </Title>
      <div className={classes['list']}>
        {form.rows
          .filter((row) => row.group === 'retention')
          .map((row) => (
            <SettingField key={row.key} row={row} form={form} />
          ))}
      </div>
      <Stack gap="xs" mt="xs">
        {typed === null ? (
          <Text c="dimmed">Correct the values to see what they would delete.</Text>
        ) : (
          <Preview rule={typed} isSaved={!isRuleChanged(form)} isBusy={view.isRunning} />
        )}
        <Schedule status={status} />
        <JobNotice
          view={view}
          label="Deleting requests"
          running="Deleting old requests"
          failed="The requests could not be deleted"
          cancelled="Deleting was cancelled"
          afterCancel="What was deleted until then is gone; the rest stays."
          done={({ deletedRequests }) => ({
            tone: 'ok',
            title: `Deleted ${formatNoun(deletedRequests, 'request')}`,
            children:
              'Sums per minute stay, so charts and totals do not change. Compacting gives the space back to the disk.',
          })}
        />
      </Stack>
    </section>
  )
}

function isRuleChanged({ changes }: SettingForm): boolean {
  return changes.some(({ row }) => row.key === 'retention.days' || row.key === 'retention.rows')
}

interface PreviewProps {
  readonly rule: RetentionRule
  readonly isSaved: boolean
  readonly isBusy: boolean
}

function Preview({ rule, isSaved, isBusy }: PreviewProps) {
  // Counting a large log is not for every keystroke.
  const [asked] = useDebouncedValue(rule, 300)
  const query = useRoute('retention.preview', { rule: asked }, { keepPrevious: true })
  const [isAsking, setAsking] = useState(false)
  const apply = useAction('retention.apply', { errorToast: false })
  const isCurrent = asked.days === rule.days && asked.rows === rule.rows && !query.isPlaceholderData
  const preview = query.data
  const count = preview?.requests ?? 0
  return (
    <QueryState query={query} what="The preview">
      {(data) => (
        <Group gap="sm" align="center">
          <Text aria-live="polite" flex={1} data-current={isCurrent}>
            {isSaved ? 'By this rule ' : 'By this rule, which is not saved, '}
            <PreviewWords preview={data} />
          </Text>
          <Button
            variant="default"
            disabled={count === 0 || !isCurrent || isBusy}
            title={isBusy ? 'It runs now' : count === 0 ? 'There is nothing to delete' : undefined}
            onClick={() => setAsking(true)}
          >
            Delete now
          </Button>
          <ConfirmDialog
            opened={isAsking}
            onClose={() => setAsking(false)}
            title={`Delete ${formatNoun(data.requests, 'request')} from the log?`}
            confirm="Delete"
            danger
            onConfirm={() => apply.run({ rule })}
          >
            <Text>
              <PreviewWords preview={data} /> Their attempts go with them. Sums per minute stay, so charts and totals do
              not change. This cannot be undone; a backup made before still has them.
              {!isSaved && ' The rule itself is not saved by this.'}
            </Text>
          </ConfirmDialog>
        </Group>
      )}
    </QueryState>
  )
}

function PreviewWords({ preview: { requests, remaining, until } }: { readonly preview: RetentionPreview }) {
  if (requests === 0) return <>nothing would be deleted now; all {formatNoun(remaining, 'request')} stay.</>
  return (
    <>
      <b>{formatCount(requests)}</b> of {formatNoun(requests + remaining, 'request')} would be deleted now
      {until !== null && (
        <>
          , all until <Time at={until} absolute />
        </>
      )}
      ; {formatCount(remaining)} stay.
    </>
  )
}

function Schedule({ status: { retention } }: { readonly status: DataStatus }) {
  const { lastRun, nextRunAt } = retention
  const now = useNow()
  return (
    <Text size="xs" c="dimmed" component="div">
      {nextRunAt === null ? (
        'The saved rule keeps everything, so no run is due.'
      ) : (
        <>Next run by the saved rule: {nextRunAt > now ? <Time at={nextRunAt} /> : 'within a minute'}.</>
      )}
      {lastRun !== null && (
        <>
          {' '}
          Last run: <Time at={lastRun.at} />,{' '}
          {lastRun.error === null ? `deleted ${formatNoun(lastRun.deletedRequests, 'request')}.` : lastRun.error}
        </>
      )}
    </Text>
  )
}
