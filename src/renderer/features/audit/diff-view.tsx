import { Text, VisuallyHidden } from '@mantine/core'
import type { AuditEntry } from '../../../shared/models/audit.ts'
import classes from './audit.module.css'
import { diffOf, pathWords, type DiffRow } from './diff.ts'

export interface DiffViewProps {
  readonly entry: Pick<AuditEntry, 'before' | 'after'>
  readonly nameOf: (id: string) => string
}

/** What changed, field by field. What was made or removed as a whole needs one column only. */
export function DiffView({ entry: { before, after }, nameOf }: DiffViewProps) {
  const rows = diffOf(before, after)
  if (rows.length === 0) return <Text c="dimmed">The entry records no fields.</Text>
  const isBoth = before !== null && after !== null
  const only = after === null ? 'Was' : 'Value'
  return (
    <table className={classes['diff']} aria-label="What changed">
      <thead>
        <tr>
          <th scope="col">Field</th>
          {isBoth ? (
            <>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </>
          ) : (
            <th scope="col">{only}</th>
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.path.join('/')}>
            <th scope="row">{pathWords(row.path, nameOf)}</th>
            {isBoth ? (
              <>
                <Side lines={row.before} tone="gone" nameOf={nameOf} />
                <Side lines={row.after} tone="new" nameOf={nameOf} />
              </>
            ) : (
              <Side lines={row.before ?? row.after} tone={null} nameOf={nameOf} />
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface SideProps {
  readonly lines: DiffRow['before']
  /** Null where there is nothing to compare with. */
  readonly tone: 'gone' | 'new' | null
  readonly nameOf: (id: string) => string
}

function Side({ lines, tone, nameOf }: SideProps) {
  if (lines === null) return <td className={classes['absent']}>not set</td>
  return (
    <td>
      {lines.map(({ place, text, isOwn }) => (
        <span key={place} className={classes['line']} data-tone={isOwn ? tone : null}>
          {isOwn && tone !== null && (
            <>
              <span aria-hidden className={classes['mark']}>
                {tone === 'gone' ? '− ' : '+ '}
              </span>
              <VisuallyHidden>{tone === 'gone' ? 'removed ' : 'added '}</VisuallyHidden>
            </>
          )}
          {nameOf(text)}
        </span>
      ))}
    </td>
  )
}
