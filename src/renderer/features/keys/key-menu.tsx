/** Everything that can be done to one key, the same in its row and in its drawer. */
import { ActionIcon, Menu } from '@mantine/core'
import {
  IconBan,
  IconCopy,
  IconCopyPlus,
  IconDots,
  IconFileText,
  IconListDetails,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconRotate,
  IconStethoscope,
  IconTicket,
  IconTrash,
} from '@tabler/icons-react'
import { useRef, type ReactNode } from 'react'
import { Link, useLocation } from 'react-router'
import type { PoolKey } from '../../../shared/models/key.ts'
import { invoke } from '../../lib/api.ts'
import { copyText } from '../../lib/clipboard.ts'
import { toastSuccess } from '../../lib/toast.tsx'
import { withParams } from '../../lib/url-state.ts'
import { useAction } from '../../lib/use-action.tsx'
import { useKeyActs } from './key-acts.tsx'

const ICON = 15
const REVOKED = 'Revoked is final'

export function KeyMenu({ poolKey: key }: { readonly poolKey: PoolKey }) {
  const target = useRef<HTMLButtonElement>(null)
  const acts = useKeyActs()
  /** A dialog gives the focus back to what had it when it opened: the button, not an item that is gone by then. */
  const ask = (act: (key: PoolKey) => void) => () => {
    target.current?.focus()
    act(key)
  }
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon ref={target} aria-label={`Actions for ${key.name}`}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Edits poolKey={key} onDuplicate={ask(acts.duplicate)} />
        <Menu.Divider />
        <States poolKey={key} ask={ask} />
        <Menu.Divider />
        <Looks poolKey={key} />
      </Menu.Dropdown>
    </Menu>
  )
}

interface PartProps {
  readonly poolKey: PoolKey
}

function Edits({ poolKey: key, onDuplicate }: PartProps & { readonly onDuplicate: () => void }) {
  const isRevoked = key.status === 'revoked'
  return (
    <>
      {!isRevoked && (
        <Menu.Item component={Link} to={`/keys/${key.id}/edit`} leftSection={<IconPencil size={ICON} aria-hidden />}>
          Edit
        </Menu.Item>
      )}
      <Menu.Item leftSection={<IconCopyPlus size={ICON} aria-hidden />} onClick={onDuplicate}>
        Duplicate…
      </Menu.Item>
      {/* Not first: a menu gives the focus to its first item, which must be able to take it. */}
      {isRevoked && (
        <Menu.Item disabled leftSection={<IconPencil size={ICON} aria-hidden />}>
          {`Edit (${REVOKED})`}
        </Menu.Item>
      )}
    </>
  )
}

interface StatesProps extends PartProps {
  readonly ask: (act: (key: PoolKey) => void) => () => void
}

function States({ poolKey: key, ask }: StatesProps) {
  const acts = useKeyActs()
  const pause = useAction('key.pause', {
    success: ({ name }) => `Paused ${name}`,
    undo: ({ id }) => invoke('key.resume', { id }),
  })
  const resume = useAction('key.resume', {
    success: ({ name }) => `Resumed ${name}`,
    undo: ({ id }) => invoke('key.pause', { id }),
  })
  const isRevoked = key.status === 'revoked'
  const why = (label: string): ReactNode => (isRevoked ? `${label} (${REVOKED})` : label)
  return (
    <>
      {key.status === 'paused' ? (
        <Menu.Item leftSection={<IconPlayerPlay size={ICON} aria-hidden />} onClick={() => resume.fire({ id: key.id })}>
          Resume
        </Menu.Item>
      ) : (
        <Menu.Item
          leftSection={<IconPlayerPause size={ICON} aria-hidden />}
          disabled={isRevoked}
          onClick={() => pause.fire({ id: key.id })}
        >
          {why('Pause')}
        </Menu.Item>
      )}
      <Menu.Item leftSection={<IconRotate size={ICON} aria-hidden />} disabled={isRevoked} onClick={ask(acts.rotate)}>
        {why('Rotate…')}
      </Menu.Item>
      <Menu.Item
        color="var(--tone-bad)"
        leftSection={<IconBan size={ICON} aria-hidden />}
        disabled={isRevoked}
        onClick={ask(acts.revoke)}
      >
        {isRevoked ? 'Revoked already' : 'Revoke…'}
      </Menu.Item>
      <Menu.Item color="var(--tone-bad)" leftSection={<IconTrash size={ICON} aria-hidden />} onClick={ask(acts.remove)}>
        Delete…
      </Menu.Item>
    </>
  )
}

function Looks({ poolKey: { id, prefix } }: PartProps) {
  const { search } = useLocation()
  return (
    <>
      <Menu.Item
        leftSection={<IconCopy size={ICON} aria-hidden />}
        onClick={() =>
          void copyText(prefix).then((didCopy) =>
            toastSuccess(didCopy ? `Copied ${prefix}` : `Not allowed to copy. The prefix is ${prefix}`),
          )
        }
      >
        Copy prefix
      </Menu.Item>
      <Menu.Item
        component={Link}
        to={{ pathname: `/keys/${id}/tokens`, search }}
        leftSection={<IconTicket size={ICON} aria-hidden />}
      >
        Tokens…
      </Menu.Item>
      <Menu.Item
        component={Link}
        to={{ pathname: `/keys/${id}/doctor`, search }}
        leftSection={<IconStethoscope size={ICON} aria-hidden />}
      >
        Doctor: explain a request
      </Menu.Item>
      <Menu.Item
        component={Link}
        to={withParams('/requests', { key: id })}
        leftSection={<IconListDetails size={ICON} aria-hidden />}
      >
        Its requests
      </Menu.Item>
      <Menu.Item
        component={Link}
        to={withParams('/audit', { target: id })}
        leftSection={<IconFileText size={ICON} aria-hidden />}
      >
        Its audit log
      </Menu.Item>
    </>
  )
}
