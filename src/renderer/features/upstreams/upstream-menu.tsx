/** Everything that can be done to one upstream, the same in its row and on its page. */
import { ActionIcon, Menu } from '@mantine/core'
import {
  IconCopy,
  IconDots,
  IconFileText,
  IconKey,
  IconListDetails,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlugConnected,
  IconRefresh,
  IconTrash,
} from '@tabler/icons-react'
import { useRef } from 'react'
import { Link } from 'react-router'
import { copyText } from '../../lib/clipboard.ts'
import { toastSuccess } from '../../lib/toast.tsx'
import { withParams } from '../../lib/url-state.ts'
import { useUpstreamActs } from './upstream-acts.tsx'
import type { Upstream } from './upstream-rows.ts'
import { credentialWord } from './words.ts'

const ICON = 15

export function UpstreamMenu({ upstream }: { readonly upstream: Upstream }) {
  const target = useRef<HTMLButtonElement>(null)
  const acts = useUpstreamActs()
  const { id, name, kind, status } = upstream
  /** A dialog gives the focus back to what had it when it opened: the button, not an item that is gone by then. */
  const ask = (act: (upstream: Upstream) => void) => () => {
    target.current?.focus()
    act(upstream)
  }
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon ref={target} aria-label={`Actions for ${name}`}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPlugConnected size={ICON} aria-hidden />} onClick={ask(acts.test)}>
          Test now…
        </Menu.Item>
        <Menu.Item leftSection={<IconRefresh size={ICON} aria-hidden />} onClick={() => acts.refreshModels(upstream)}>
          Refresh models
        </Menu.Item>
        {status === 'active' ? (
          <Menu.Item leftSection={<IconPlayerPause size={ICON} aria-hidden />} onClick={ask(acts.pause)}>
            Pause
          </Menu.Item>
        ) : (
          <Menu.Item leftSection={<IconPlayerPlay size={ICON} aria-hidden />} onClick={() => acts.resume(upstream)}>
            Resume
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item component={Link} to={`/upstreams/${id}/edit`} leftSection={<IconPencil size={ICON} aria-hidden />}>
          Edit
        </Menu.Item>
        {kind !== 'simulator' && (
          <Menu.Item leftSection={<IconKey size={ICON} aria-hidden />} onClick={ask(acts.replaceSecret)}>
            {`${credentialWord(upstream)}…`}
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={<IconCopy size={ICON} aria-hidden />}
          onClick={() =>
            void copyText(id).then((didCopy) =>
              toastSuccess(didCopy ? `Copied ${id}` : `Not allowed to copy. The id is ${id}`),
            )
          }
        >
          Copy upstream id
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          component={Link}
          to={withParams('/requests', { upstream: id })}
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
        <Menu.Divider />
        <Menu.Item
          color="var(--tone-bad)"
          leftSection={<IconTrash size={ICON} aria-hidden />}
          onClick={ask(acts.remove)}
        >
          Delete…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
