/** Cards or a table of the same things. The choice belongs in the address: see lib/url-state.ts. */
import { SegmentedControl } from '@mantine/core'
import { IconLayoutGrid, IconList } from '@tabler/icons-react'
import { useMemo } from 'react'
import { useCommands } from '../lib/commands.ts'
import classes from './view-switch.module.css'

export const listViews = ['cards', 'table'] as const
export type ListView = (typeof listViews)[number]

export interface ViewSwitchProps {
  readonly view: ListView
  readonly onView: (view: ListView) => void
}

export function ViewSwitch({ view, onView }: ViewSwitchProps) {
  return (
    <SegmentedControl
      aria-label="View"
      value={view}
      onChange={(next) => onView(next === 'table' ? 'table' : 'cards')}
      data={[
        { value: 'cards', label: <ViewLabel icon={IconLayoutGrid} word="Cards" /> },
        { value: 'table', label: <ViewLabel icon={IconList} word="Table" /> },
      ]}
    />
  )
}

/** The same by the command palette. `what`: "Pools"; `onView` is the same function between renders. */
export function useViewCommand(what: string, view: ListView, onView: (view: ListView) => void): void {
  useCommands(
    useMemo(
      () => [
        {
          id: `view.${what}`,
          label: view === 'table' ? `Show ${what} as cards` : `Show ${what} as a table`,
          keywords: 'view switch',
          run: () => onView(view === 'table' ? 'cards' : 'table'),
        },
      ],
      [what, view, onView],
    ),
  )
}

function ViewLabel({ icon: Icon, word }: { readonly icon: typeof IconList; readonly word: string }) {
  return (
    <span className={classes['label']}>
      <Icon size={14} aria-hidden />
      {word}
    </span>
  )
}
