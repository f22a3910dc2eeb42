/** Who may reach the gateway over the network, under which addresses, and who does. */
import { Anchor, Stack, Text, Title } from '@mantine/core'
import { Link } from 'react-router'
import { CopyText } from '../../components/copy.tsx'
import { DataTable } from '../../components/data-table.tsx'
import { Notice } from '../../components/notice.tsx'
import { LoadingState, QueryState } from '../../components/states.tsx'
import { Tag } from '../../components/status-badge.tsx'
import type { Column } from '../../components/table-model.ts'
import { Time } from '../../components/time.tsx'
import { useRoute } from '../../lib/api.ts'
import { clientName } from '../../lib/client-names.ts'
import { formatCount } from '../../lib/format.ts'
import type { SharingClient, SharingStatus } from '../../../shared/models/sharing.ts'
import classes from './settings.module.css'
import { SharingForm } from './sharing-form.tsx'

/** Clients come and go without an event of their own. */
const REFRESH_MS = 10_000

export function SharingTab() {
  const query = useRoute('sharing.status', {}, { refetchInterval: REFRESH_MS })
  return (
    <QueryState query={query} what="Sharing" loading={<LoadingState rows={8} />}>
      {(status) => (
        <>
          <Statement status={status} />
          <div className={classes['two']}>
            <SharingForm key={`${status.host} ${status.port}`} status={status} />
            <Addresses status={status} />
          </div>
          <section className={classes['section']} aria-labelledby="sharing-clients">
            <Title order={2} id="sharing-clients" mt="md">
              Who is connected
            </Title>
            <Clients clients={status.clients} />
          </section>
        </>
      )}
    </QueryState>
  )
}

function Statement({ status }: { readonly status: SharingStatus }) {
  const [tone, title] = !status.listening
    ? (['bad', 'The gateway does not listen'] as const)
    : status.exposed
      ? (['warn', 'Other machines can reach the gateway'] as const)
      : (['ok', 'Only this machine can reach the gateway'] as const)
  return (
    <Notice tone={tone} title={title} label="What is exposed">
      <ul className={classes['points']}>
        {status.facts
          // The title says it already.
          .filter(({ code }) => code !== 'this_machine_only')
          .map(({ code, text }) => (
            <li key={code}>{text}</li>
          ))}
      </ul>
    </Notice>
  )
}

function Addresses({ status }: { readonly status: SharingStatus }) {
  return (
    <section className={classes['section']} aria-labelledby="sharing-addresses">
      <Title order={2} id="sharing-addresses">
        Addresses to give out
      </Title>
      {status.baseUrls.length === 0 ? (
        <Text c="dimmed">None: the gateway does not listen.</Text>
      ) : (
        <Stack gap={4}>
          {status.baseUrls.map(({ url, interface: name, reach }) => (
            <div key={url}>
              <CopyText text={url} what={`base URL ${url}`} />{' '}
              <Tag tone={reach === 'network' ? 'warn' : 'muted'}>{reach === 'network' ? name : 'this machine'}</Tag>
            </div>
          ))}
        </Stack>
      )}
      <Text size="xs" c="dimmed" mt="xs">
        A client needs one of these as its base URL, and a Pool key. Client snippets stand in the dialog of each new
        key.
      </Text>
    </section>
  )
}

const clientColumns: readonly Column<SharingClient>[] = [
  { id: 'address', header: 'Address', cell: (row) => <code>{row.address}</code> },
  {
    id: 'key',
    header: 'Key',
    cell: (row) => (
      <Anchor component={Link} to={`/keys/${row.keyId}`} inherit>
        {row.keyName === '' ? 'deleted key' : row.keyName}
      </Anchor>
    ),
  },
  { id: 'client', header: 'Client', cell: (row) => clientName(row.client) },
  {
    id: 'recent',
    header: 'Requests, 10 min',
    align: 'right',
    hint: 'Requests that ended in the last ten minutes',
    cell: (row) => formatCount(row.recentRequests),
  },
  { id: 'seen', header: 'Last request', cell: (row) => <Time at={row.lastSeenAt} /> },
]

function Clients({ clients }: { readonly clients: readonly SharingClient[] }) {
  if (clients.length === 0) {
    return (
      <Text c="dimmed">
        Nobody has sent a request since Weir started. Each client appears here with its address and key.
      </Text>
    )
  }
  return (
    <DataTable
      label="Who is connected"
      columns={clientColumns}
      rows={clients}
      rowKey={(row) => `${row.address} ${row.keyId}`}
      maxHeight="20rem"
    />
  )
}
