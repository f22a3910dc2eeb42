/** Exports what the filter matches: the choice of format on a button, then progress and end as a notice on the page. */
import { Button, Menu, Text } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import type { ExportFormat, ExportJob } from '../../shared/models/export.ts'
import { formatBytes, formatCount, formatNoun } from '../lib/format.ts'
import type { ExportView } from '../lib/use-export.ts'
import { Notice } from './notice.tsx'
import { ProgressAction } from './progress-action.tsx'

const formats: readonly { readonly format: ExportFormat; readonly label: string; readonly hint: string }[] = [
  { format: 'csv', label: 'CSV', hint: 'A line per row, for spreadsheets' },
  { format: 'json', label: 'JSON', hint: 'One array' },
  { format: 'jsonl', label: 'JSON lines', hint: 'An object per line' },
]

export interface ExportMenuProps {
  readonly onChoose: (format: ExportFormat) => void
  readonly isBusy: boolean
  /** What is exported: "12 entries", "what the filters match". */
  readonly what: string
}

export function ExportMenu({ onChoose, isBusy, what }: ExportMenuProps) {
  return (
    <Menu>
      <Menu.Target>
        <Button
          variant="default"
          disabled={isBusy}
          rightSection={<IconChevronDown size={12} aria-hidden />}
          title={isBusy ? 'An export of this page runs' : undefined}
        >
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{`Export ${what}`}</Menu.Label>
        {formats.map(({ format, label, hint }) => (
          <Menu.Item key={format} onClick={() => onChoose(format)}>
            {label}{' '}
            <Text size="xs" c="dimmed" span>
              {hint}
            </Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

/** `noun`: one row, "entry"; `nouns`: "entries". */
export function ExportNotice({
  view,
  noun,
  nouns,
}: {
  readonly view: ExportView
  readonly noun: string
  readonly nouns: string
}) {
  const { job } = view
  if (job === null) return null
  if (view.isBusy) {
    return (
      <ProgressAction
        label={`Exporting ${nouns}`}
        share={job.expectedRows === null || job.expectedRows === 0 ? null : Math.min(1, job.rows / job.expectedRows)}
        detail={progressWords(job, nouns)}
        onCancel={view.cancel}
      />
    )
  }
  const { tone, title, words } = endOf(job, noun, nouns)
  return (
    <Notice tone={tone} title={title} label="Export" onClose={view.dismiss}>
      <Text c="dimmed">{words}</Text>
    </Notice>
  )
}

function progressWords({ rows, bytes, expectedRows, state }: ExportJob, nouns: string): string {
  if (state === 'waiting') return 'Waiting for the browser to fetch the file'
  const of = expectedRows === null ? '' : ` of about ${formatCount(expectedRows)}`
  return `${formatCount(rows)}${of} ${nouns}, ${formatBytes(bytes)}`
}

function endOf({ state, rows, bytes, fileName, error }: ExportJob, noun: string, nouns: string) {
  const written = `${formatNoun(rows, noun, nouns)}, ${formatBytes(bytes)}`
  if (state === 'done') return { tone: 'ok', title: `Exported ${written}`, words: fileName } as const
  if (state === 'cancelled') {
    const words = `The file is not whole: ${written} were written. Delete it, or start again.`
    return { tone: 'warn', title: 'The export was cancelled', words } as const
  }
  const why = error === null ? '' : `${error.message} (${error.code}) `
  return { tone: 'bad', title: 'The export failed', words: `${why}The file is not whole; start again.` } as const
}
