import { Anchor, Button } from '@mantine/core'
import { Link } from 'react-router'
import type { LiveSession } from '../../../shared/models/session.ts'
import { Tag } from '../../components/status-badge.tsx'
import type { Column } from '../../components/table-model.ts'
import { Time } from '../../components/time.tsx'
import { clientName } from '../../lib/client-names.ts'
import { formatCompact, formatCount } from '../../lib/format.ts'
import { cachedWords, sessionName } from '../../lib/session-words.ts'
import type { SessionNames } from './session-names.ts'
import classes from './sessions.module.css'

export type Room = 'narrow' | 'middle' | 'wide'

export interface SessionColumnsInput {
  readonly names: SessionNames
  /** How much there is room for; what is left out is told by its requests. */
  readonly room: Room
  readonly release: (row: LiveSession) => void
}

export function sessionColumns({ names, room, release }: SessionColumnsInput): readonly Column<LiveSession>[] {
  const link = (kind: string, id: string) => {
    const name = names.of(id)
    if (name === null) return <span className={`${classes['gone']} ${classes['short']}`}>{id}</span>
    return (
      <Anchor component={Link} to={`/${kind}/${id}`} size="sm" className={classes['short'] ?? ''} title={name}>
        {name}
      </Anchor>
    )
  }
  const all: readonly (Column<LiveSession> & { readonly from?: Room })[] = [
    {
      id: 'last',
      header: 'Last request',
      cell: (row) => <Time at={row.lastAt} />,
      sortBy: (row) => row.lastAt,
      firstDescending: true,
    },
    {
      id: 'session',
      header: 'Session',
      hint: 'A hash of what the client calls it; its name is kept nowhere',
      cell: (row) => <Name row={row} />,
    },
    {
      id: 'upstream',
      header: 'Upstream',
      cell: (row) => link('upstreams', row.upstreamId),
      sortBy: (row) => names.of(row.upstreamId),
    },
    { id: 'key', header: 'API key', cell: (row) => link('keys', row.keyId), sortBy: (row) => names.of(row.keyId) },
    {
      id: 'pool',
      header: 'Pool',
      from: 'wide',
      cell: (row) => link('pools', row.poolId),
      sortBy: (row) => names.of(row.poolId),
    },
    {
      id: 'client',
      header: 'Client',
      from: 'middle',
      cell: (row) => clientName(row.client),
      sortBy: (row) => clientName(row.client),
    },
    {
      id: 'model',
      header: 'Model',
      from: 'middle',
      hint: 'Asked for last',
      cell: (row) => (
        <span className={classes['short']} title={row.model}>
          {row.model}
        </span>
      ),
      sortBy: (row) => row.model,
    },
    {
      id: 'requests',
      header: 'Requests',
      align: 'right',
      firstDescending: true,
      cell: (row) => formatCount(row.requests),
      sortBy: (row) => row.requests,
    },
    {
      id: 'input',
      header: 'Input',
      from: 'middle',
      align: 'right',
      firstDescending: true,
      hint: 'Tokens',
      cell: (row) => formatCompact(row.inputTokens),
      sortBy: (row) => row.inputTokens,
    },
    {
      id: 'cached',
      header: 'Cached',
      align: 'right',
      firstDescending: true,
      hint: 'Part of the input that its upstream had in its cache',
      cell: cachedWords,
      sortBy: (row) => (row.inputTokens === 0 ? null : row.cachedTokens / row.inputTokens),
    },
    {
      id: 'moves',
      header: 'Moves',
      from: 'wide',
      align: 'right',
      firstDescending: true,
      hint: 'How often it changed its upstream',
      cell: (row) => formatCount(row.moves),
      sortBy: (row) => row.moves,
    },
    { id: 'release', header: 'Release', align: 'right', cell: (row) => <Release row={row} release={release} /> },
  ]
  return all.filter(({ from = 'narrow' }) => rooms.indexOf(from) <= rooms.indexOf(room))
}

const rooms: readonly Room[] = ['narrow', 'middle', 'wide']

function Name({ row }: { readonly row: LiveSession }) {
  return (
    <span className={classes['name']}>
      <code>{sessionName(row)}</code>
      {row.hasSocket && <Tag tone="info">WebSocket</Tag>}
    </span>
  )
}

function Release({ row, release }: { readonly row: LiveSession; readonly release: (row: LiveSession) => void }) {
  return (
    <Button
      variant="default"
      size="compact-xs"
      aria-label={`Release session ${sessionName(row)}`}
      onClick={() => release(row)}
    >
      Release
    </Button>
  )
}
