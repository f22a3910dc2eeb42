/**
 * Files of what the filter matches. The browser takes the file while the core makes it; how far it is comes by events, so
 * a reload or another page in between loses nothing.
 */
import { Button, CloseButton, Group, Menu, Paper, Text } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import type { ExportFormat, ExportJob } from '../../../shared/models/export.ts'
import type { RequestFilterInput } from '../../../shared/models/request.ts'
import { ProgressAction } from '../../components/progress-action.tsx'
import { useRoute } from '../../lib/api.ts'
import { useCommands } from '../../lib/commands.ts'
import { formatBytes, formatCount, formatMs } from '../../lib/format.ts'
import { CodeText } from '../../components/code-text.tsx'
import { nextStepOf } from '../../lib/operator-error.ts'
import { useAction } from '../../lib/use-action.tsx'
import classes from './export-panel.module.css'

const formats: readonly { readonly format: ExportFormat; readonly label: string; readonly hint: string }[] = [
  { format: 'csv', label: 'CSV', hint: 'a line per request, for spreadsheets' },
  { format: 'json', label: 'JSON', hint: 'one array' },
  { format: 'jsonl', label: 'JSON lines', hint: 'an object per line, for programs' },
]

export interface ExportMenuProps {
  readonly filter: RequestFilterInput
  readonly isFiltered: boolean
  /** There is nothing to export. */
  readonly isEmpty: boolean
}

export function ExportMenu({ filter, isFiltered, isEmpty }: ExportMenuProps) {
  const start = useAction('export.start', { onDone: (job) => download(job) })
  const { fire } = start
  useCommands(
    useMemo(
      () =>
        formats.map(({ format, label, hint }) => ({
          id: `requests.export.${format}`,
          label: `Export the requests shown as ${label}`,
          description: hint,
          keywords: 'download save file',
          run: () => fireStart(fire, format, filter),
        })),
      // `fire` is another one with each render; its act is the same.
      // eslint-disable-next-line react/exhaustive-deps
      [filter],
    ),
  )
  return (
    <Menu>
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<IconDownload size={14} aria-hidden />}
          loading={start.isPending}
          disabled={isEmpty}
          title={isEmpty ? 'There is nothing to export' : undefined}
        >
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{isFiltered ? 'All requests that fit the filters' : 'All requests of the log'}</Menu.Label>
        {formats.map(({ format, label, hint }) => (
          <Menu.Item key={format} onClick={() => fireStart(fire, format, filter)}>
            {label}{' '}
            <Text span size="xs" c="dimmed">
              {hint}
            </Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

type Fire = ReturnType<typeof useAction<'export.start'>>['fire']

function fireStart(fire: Fire, format: ExportFormat, filter: RequestFilterInput): void {
  fire({ kind: 'requests', format, filter })
}

/** A link that the page follows once: the answer is a file, so the page stays. */
function download({ path, fileName }: ExportJob): void {
  const link = document.createElement('a')
  link.href = path
  link.download = fileName
  link.click()
}

/** Exports under way, and those of this visit that have ended until they are dismissed. */
export function ExportPanel() {
  const [openedAt] = useState(() => Date.now())
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set())
  const jobs = useRoute('export.list', {}).data ?? []
  const shown = jobs.filter(({ id, kind, state, startedAt }) => {
    if (kind !== 'requests' || dismissed.has(id)) return false
    return state === 'waiting' || state === 'running' || startedAt >= openedAt
  })
  if (shown.length === 0) return null
  return (
    <div className={classes['panel']}>
      {shown.map((job) => (
        <Paper key={job.id} p="xs">
          <Job job={job} onDismiss={() => setDismissed(new Set([...dismissed, job.id]))} />
        </Paper>
      ))}
    </div>
  )
}

function Job({ job, onDismiss }: { readonly job: ExportJob; readonly onDismiss: () => void }) {
  const cancel = useAction('export.cancel')
  if (job.state === 'waiting' || job.state === 'running') {
    return (
      <ProgressAction
        label={`Exporting ${job.fileName}`}
        share={shareOf(job)}
        detail={job.state === 'waiting' ? 'waiting for the file to be taken' : figures(job)}
        onCancel={() => cancel.fire({ id: job.id })}
        isCancelling={cancel.isPending}
      />
    )
  }
  return (
    <Group justify="space-between" wrap="nowrap" role="status">
      <div>
        <Text fw={550}>{endWords(job)}</Text>
        <Text size="xs" c="dimmed">
          {job.error === null ? (
            figures(job)
          ) : (
            <CodeText text={`${job.error.message} ${nextStepOf(job.error.code)} (${job.error.code})`} />
          )}
        </Text>
      </div>
      <CloseButton size="sm" aria-label={`Dismiss ${job.fileName}`} onClick={onDismiss} />
    </Group>
  )
}

function endWords({ state, fileName }: ExportJob): string {
  if (state === 'done') return `Exported ${fileName}`
  return state === 'failed'
    ? `The export ${fileName} failed`
    : `Cancelled ${fileName}; what was saved of it is not whole`
}

/** The expected number is an estimate: it never claims to be through before it is. */
function shareOf({ rows, expectedRows }: ExportJob): number | null {
  if (expectedRows === null || expectedRows === 0) return null
  return Math.min(0.99, rows / expectedRows)
}

function figures({ rows, bytes, expectedRows, state, startedAt, endedAt }: ExportJob): string {
  const of = state === 'running' && expectedRows !== null ? ` of about ${formatCount(expectedRows)}` : ''
  const took = endedAt === null ? '' : ` in ${formatMs(endedAt - startedAt)}`
  return `${formatCount(rows)}${of} rows, ${formatBytes(bytes)}${took}`
}
