/** Everything that can be done to one price, the same in its row and in its drawer. */
import { ActionIcon, Menu } from '@mantine/core'
import {
  IconArrowBackUp,
  IconDots,
  IconListDetails,
  IconPencil,
  IconPlugConnected,
  IconTagOff,
} from '@tabler/icons-react'
import { useRef } from 'react'
import { Link } from 'react-router'
import type { PriceRow } from '../../../shared/models/price.ts'
import { usePriceActs } from './price-acts.tsx'
import { requestsOf, slotName } from './price-rows.ts'
import { giveUpWords } from './remove-dialogs.tsx'

const ICON = 15

export function PriceMenu({ row }: { readonly row: PriceRow }) {
  const target = useRef<HTMLButtonElement>(null)
  const acts = usePriceActs()
  const requests = requestsOf(row)
  /** A dialog gives the focus back to what had it when it opened: the button, not an item that is gone by then. */
  const ask = (act: (row: PriceRow) => void) => () => {
    target.current?.focus()
    act(row)
  }
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon ref={target} aria-label={`Actions for ${slotName(row)}`}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={ICON} aria-hidden />} onClick={ask(acts.edit)}>
          {row.rates === null ? 'Set a price…' : 'Edit…'}
        </Menu.Item>
        {row.upstreamId === null && (
          <Menu.Item leftSection={<IconPlugConnected size={ICON} aria-hidden />} onClick={ask(acts.addForUpstream)}>
            Set for one upstream…
          </Menu.Item>
        )}
        {requests !== null && (
          <Menu.Item component={Link} to={requests} leftSection={<IconListDetails size={ICON} aria-hidden />}>
            Its requests
          </Menu.Item>
        )}
        {(row.source !== 'bundled' || row.rates !== null) && <Menu.Divider />}
        {row.source !== 'bundled' && (
          <Menu.Item leftSection={<IconArrowBackUp size={ICON} aria-hidden />} onClick={ask(acts.giveUp)}>
            {`${giveUpWords(row)}…`}
          </Menu.Item>
        )}
        {row.rates !== null && (
          <Menu.Item
            color="var(--tone-bad)"
            leftSection={<IconTagOff size={ICON} aria-hidden />}
            onClick={ask(acts.unprice)}
          >
            Make unpriced…
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
