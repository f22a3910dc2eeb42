/** What can be done to one limit that counts by the calendar: raised for a while, set back to 0. */
import { ActionIcon, Menu } from '@mantine/core'
import { IconArrowBackUp, IconDots, IconTrendingUp, IconX } from '@tabler/icons-react'
import { useRef } from 'react'
import type { PoolKey } from '../../../shared/models/key.ts'
import type { LimitState } from '../../../shared/models/limit.ts'
import { useBudgetActs } from './budget-acts.tsx'
import { useEndRaise } from './budget-notes.tsx'
import { isBudget, isResettable, limitNames } from './limit-words.ts'

const ICON = 15

export interface BudgetMenuProps {
  readonly poolKey: PoolKey
  readonly state: LimitState
}

export function BudgetMenu({ poolKey: key, state }: BudgetMenuProps) {
  const target = useRef<HTMLButtonElement>(null)
  const acts = useBudgetActs()
  const endRaise = useEndRaise(key, state)
  const { field, model } = state
  if (!isResettable(field) || key.status === 'revoked') return null
  /** A dialog gives the focus back to what had it when it opened: the button, not an item that is gone by then. */
  const ask = (act: () => void) => () => {
    target.current?.focus()
    act()
  }
  const name = `${limitNames[field].long}${model === null ? '' : ` for ${model}`}`
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon ref={target} size="xs" aria-label={`Actions for ${name}`}>
          <IconDots size={14} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {isBudget(field) && (
          <Menu.Item
            leftSection={<IconTrendingUp size={ICON} aria-hidden />}
            onClick={ask(() => acts.raise({ key, state: { ...state, field } }))}
          >
            Raise for a while…
          </Menu.Item>
        )}
        {endRaise !== null && (
          <Menu.Item leftSection={<IconX size={ICON} aria-hidden />} onClick={ask(endRaise)}>
            End raise
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={<IconArrowBackUp size={ICON} aria-hidden />}
          onClick={ask(() => acts.reset({ key, state: { ...state, field } }))}
        >
          Set back to 0…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
