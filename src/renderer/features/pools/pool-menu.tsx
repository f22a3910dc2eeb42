/** Everything that can be done to one Pool, the same on a card, in the table and on its page. */
import { ActionIcon, Menu } from '@mantine/core'
import {
  IconArchive,
  IconArchiveOff,
  IconCopy,
  IconCopyPlus,
  IconDots,
  IconFileText,
  IconKey,
  IconListDetails,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconTrash,
} from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { copyText } from '../../lib/clipboard.ts'
import { toastSuccess } from '../../lib/toast.tsx'
import { withParams } from '../../lib/url-state.ts'
import { PoolDialogs, type Asked } from './pool-dialogs.tsx'
import type { PoolRow } from './pool-rows.ts'
import { useStatusChange } from './use-status-change.ts'

const ICON = 15

export function PoolMenu({ row }: { readonly row: PoolRow }) {
  const { pool } = row
  const [asked, setAsked] = useState<Asked | null>(null)
  // Closed dialogs of fifty Pools would only weigh; one that was opened once stays, so that it can close in peace.
  const [wasAsked, setWasAsked] = useState(false)
  const change = useStatusChange(pool)
  const ask = (what: Asked) => {
    setWasAsked(true)
    setAsked(what)
  }
  return (
    <>
      <Menu>
        <Menu.Target>
          <ActionIcon aria-label={`Actions for ${pool.name}`}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Links row={row} onDuplicate={() => ask('duplicate')} />
          <Menu.Divider />
          {pool.status === 'active' && (
            <Menu.Item leftSection={<IconPlayerPause size={ICON} aria-hidden />} onClick={() => ask('disable')}>
              Disable…
            </Menu.Item>
          )}
          {pool.status === 'disabled' && (
            <Menu.Item leftSection={<IconPlayerPlay size={ICON} aria-hidden />} onClick={() => change.to('active')}>
              Enable
            </Menu.Item>
          )}
          {pool.status === 'archived' ? (
            <Menu.Item leftSection={<IconArchiveOff size={ICON} aria-hidden />} onClick={() => change.to('disabled')}>
              Restore as disabled
            </Menu.Item>
          ) : (
            <Menu.Item leftSection={<IconArchive size={ICON} aria-hidden />} onClick={() => ask('archive')}>
              Archive…
            </Menu.Item>
          )}
          <Menu.Item
            color="var(--tone-bad)"
            leftSection={<IconTrash size={ICON} aria-hidden />}
            disabled={pool.status !== 'archived'}
            onClick={() => ask('delete')}
          >
            {pool.status === 'archived' ? 'Delete…' : 'Delete (archive it first)'}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {wasAsked && <PoolDialogs row={row} asked={asked} onClose={() => setAsked(null)} />}
    </>
  )
}

function Links({ row: { pool }, onDuplicate }: { readonly row: PoolRow; readonly onDuplicate: () => void }) {
  return (
    <>
      <Menu.Item component={Link} to={`/pools/${pool.id}/edit`} leftSection={<IconPencil size={ICON} aria-hidden />}>
        Edit
      </Menu.Item>
      <Menu.Item leftSection={<IconCopyPlus size={ICON} aria-hidden />} onClick={onDuplicate}>
        Duplicate…
      </Menu.Item>
      <Menu.Item
        leftSection={<IconCopy size={ICON} aria-hidden />}
        onClick={() =>
          void copyText(pool.id).then((didCopy) =>
            toastSuccess(didCopy ? `Copied ${pool.id}` : `Not allowed to copy. The id is ${pool.id}`),
          )
        }
      >
        Copy Pool id
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item
        component={Link}
        to={withParams('/keys', { pool: pool.id })}
        leftSection={<IconKey size={ICON} aria-hidden />}
      >
        Its API keys
      </Menu.Item>
      <Menu.Item
        component={Link}
        to={withParams('/requests', { pool: pool.id })}
        leftSection={<IconListDetails size={ICON} aria-hidden />}
      >
        Its requests
      </Menu.Item>
      <Menu.Item
        component={Link}
        to={withParams('/audit', { target: pool.id })}
        leftSection={<IconFileText size={ICON} aria-hidden />}
      >
        Its audit log
      </Menu.Item>
    </>
  )
}
