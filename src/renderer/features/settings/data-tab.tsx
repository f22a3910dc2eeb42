/** What is kept on the disk, how much of it, and how to keep less. */
import { Button, Group, Stack, Text, Title } from '@mantine/core'
import type { DataStatus } from '../../../shared/models/data-care.ts'
import { CopyText } from '../../components/copy.tsx'
import { FactList, Stat, StatRow } from '../../components/facts.tsx'
import { JobNotice } from '../../components/job-notice.tsx'
import { LoadingState, QueryState } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { formatBytes, formatCount, formatShare } from '../../lib/format.ts'
import { useAction } from '../../lib/use-action.tsx'
import { useJob } from '../../lib/use-job.ts'
import { useDataStatus } from './queries.ts'
import { RetentionPanel } from './retention-panel.tsx'
import classes from './settings.module.css'
import type { SettingForm } from './use-setting-form.ts'

export function DataTab({ form }: { readonly form: SettingForm }) {
  return (
    <QueryState query={useDataStatus()} what="The data directory" loading={<LoadingState rows={10} />}>
      {(status) => (
        <Stack gap="lg">
          <Sizes status={status} />
          <RetentionPanel form={form} status={status} />
          <div className={classes['two']}>
            <CompactPanel status={status} />
            <Tables status={status} />
          </div>
        </Stack>
      )}
    </QueryState>
  )
}

function Sizes({ status }: { readonly status: DataStatus }) {
  const { database, disk, backupBytes, rows, oldestRequestAt, newestRequestAt } = status
  return (
    <section className={classes['section']} aria-label="Sizes">
      <StatRow>
        <Stat label="Database" value={formatBytes(database.bytes)} hint="Size of weir.db" />
        <Stat
          label="Not merged yet"
          value={formatBytes(database.walBytes + database.journalBytes)}
          hint={`Written beside weir.db and merged into it little by little: write-ahead log ${formatBytes(database.walBytes)}, journal of requests ${formatBytes(database.journalBytes)}`}
        />
        <Stat label="Backups" value={formatBytes(backupBytes)} to="/settings?tab=backups" />
        <Stat
          label="Requests"
          value={formatCount(rows['request'] ?? 0)}
          hint="Rows of the request log"
          to="/requests"
        />
        {disk !== null && (
          <Stat
            label="Free on the disk"
            value={formatBytes(disk.freeBytes)}
            hint={`${formatShare(disk.freeBytes / Math.max(1, disk.totalBytes))} of ${formatBytes(disk.totalBytes)}, where the data directory is`}
          />
        )}
      </StatRow>
      <div className={classes['below']} />
      <FactList
        label="Files"
        facts={[
          { label: 'Data directory', value: <CopyText text={status.dataDir} what="path of the data directory" /> },
          oldestRequestAt === null
            ? null
            : {
                label: 'Request log',
                value: (
                  <>
                    from <Time at={oldestRequestAt} absolute /> to <Time at={newestRequestAt} absolute />
                  </>
                ),
              },
          { label: 'Database file', value: <CopyText text={database.path} what="path of the database" /> },
        ]}
      />
    </section>
  )
}

function CompactPanel({ status }: { readonly status: DataStatus }) {
  const { database, nextStart } = status
  const view = useJob('data.compact')
  const compact = useAction('data.compact', {
    success: ({ job }) => (job === null ? 'The next start compacts the database' : 'Compacting'),
  })
  const isLive = database.compaction === 'live'
  const reason = nextStart.compact
    ? 'The next start does it.'
    : isLive && database.reusableBytes === 0
      ? 'There is nothing to give back.'
      : null
  return (
    <section className={classes['section']} aria-labelledby="compact-title">
      <Title order={2} id="compact-title">
        Compact
      </Title>
      <Stack gap="xs">
        <Text>
          <b>{formatBytes(database.reusableBytes)}</b> of the file are unused and are taken again by new rows.
          Compacting gives them back to the disk.{' '}
          {isLive
            ? 'It runs in small steps while requests are served.'
            : 'This file was made by an earlier version, so the first time it needs a start of Weir.'}
        </Text>
        <Group gap="sm">
          <Button
            variant="default"
            loading={compact.isPending}
            disabled={reason !== null || view.isRunning}
            aria-describedby="compact-reason"
            onClick={() => compact.fire({})}
          >
            {isLive ? 'Compact now' : 'Compact at the next start'}
          </Button>
          <Text size="xs" c="dimmed" id="compact-reason">
            {view.isRunning ? 'It runs now.' : (reason ?? '')}
          </Text>
        </Group>
        <JobNotice
          view={view}
          label="Compaction"
          running="Compacting the database"
          failed="The database could not be compacted"
          cancelled="Compacting was cancelled"
          afterCancel="What was given back until then stays given back."
          done={({ freedBytes, databaseBytes }) => ({
            tone: 'ok',
            title: `Freed ${formatBytes(freedBytes)}`,
            children: `The database now takes ${formatBytes(databaseBytes)}.`,
          })}
        />
      </Stack>
    </section>
  )
}

const tableWords: Readonly<Record<string, string>> = {
  api_key: 'API keys',
  attempt: 'Attempts of failed or repeated requests',
  audit: 'Audit entries',
  pool: 'Pools',
  pool_upstream: 'Upstreams in Pools',
  assignment: 'Upstreams in Pools',
  request: 'Requests',
  saved_filter: 'Saved filters',
  setting: 'Settings that differ from the default',
  upstream: 'Upstreams',
  usage_bucket: 'Sums per minute',
}

function Tables({ status }: { readonly status: DataStatus }) {
  const known = Object.entries(status.rows).flatMap(([table, count]) => {
    const words = tableWords[table]
    return words === undefined ? [] : [{ table, words, count }]
  })
  return (
    <section className={classes['section']} aria-labelledby="tables-title">
      <Title order={2} id="tables-title">
        What the database holds
      </Title>
      <table className={classes['table']} aria-labelledby="tables-title">
        <thead>
          <tr>
            <th scope="col">Records</th>
            <th scope="col" data-align="right">
              Rows
            </th>
          </tr>
        </thead>
        <tbody>
          {known
            .toSorted((a, b) => b.count - a.count)
            .map(({ table, words, count }) => (
              <tr key={table}>
                <th scope="row">{words}</th>
                <td data-align="right">{formatCount(count)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  )
}
