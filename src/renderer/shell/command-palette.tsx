/** Ctrl/Cmd-K: every page, Pool, upstream, key and action by its name. Records are fetched when it opens. */
import { useHotkeys } from '@mantine/hooks'
import { Spotlight, spotlight, type SpotlightActionData } from '@mantine/spotlight'
import { IconBolt, IconKey, IconPlugConnected, IconRipple } from '@tabler/icons-react'
import { useMemo, useState, type KeyboardEvent as ReactKeyboardEvent } from 'react'
import { useNavigate } from 'react-router'
import { useRoute } from '../lib/api.ts'
import { useRegisteredCommands } from '../lib/commands.ts'
import { isTyping } from '../lib/shortcuts.ts'
import { useGlobalCommands } from './global-commands.ts'
import classes from './command-palette.module.css'
import { Keys } from './keys.tsx'
import { places } from './places.ts'

export function CommandPalette() {
  const [opened, setOpened] = useState(false)
  const actions = useActions(opened)
  // Rests while something is typed; to Mantine a switch that has the focus would be a field as well.
  useHotkeys([['mod + K', openUnlessTyping, { preventDefault: false }]], NO_TAGS)
  return (
    <Spotlight
      actions={actions}
      shortcut={null}
      onSpotlightOpen={() => setOpened(true)}
      onSpotlightClose={() => setOpened(false)}
      limit={40}
      nothingFound="Nothing has this name"
      searchProps={searchProps}
      scrollable
      maxHeight={420}
      overlayProps={{ backgroundOpacity: 0.4, blur: 0 }}
      attributes={{ content: { 'aria-label': 'Command palette' } }}
      classNames={{ action: classes['action'] ?? '', search: classes['search'] ?? '' }}
    />
  )
}

const NO_TAGS: string[] = []

function openUnlessTyping(event: KeyboardEvent): void {
  if (isTyping(event.target)) return
  event.preventDefault()
  spotlight.open()
}

/** Escape closes the palette alone: a dialog below hears it too, and would go with what was typed there. */
const searchProps = {
  placeholder: 'Go to a page, Pool, upstream or key, or do something',
  'aria-label': 'Command palette',
  'data-mantine-stop-propagation': true,
  onKeyDown: ({ key }: ReactKeyboardEvent) => {
    if (key === 'Escape') spotlight.close()
  },
}

function useActions(opened: boolean): { group: string; actions: SpotlightActionData[] }[] {
  const navigate = useNavigate()
  const registered = useRegisteredCommands()
  const global = useGlobalCommands()
  const pools = useRoute('pool.list', {}, { enabled: opened }).data
  const upstreams = useRoute('upstream.list', {}, { enabled: opened }).data
  const keys = useRoute('key.list', {}, { enabled: opened }).data

  return useMemo(() => {
    const go = (to: string) => () => void navigate(to)
    const poolNames = new Map(pools?.map((pool) => [pool.id, pool.name]))
    return [
      {
        group: 'Pages',
        actions: places.map(({ to, label, keys: shortcut, icon: Icon }) => ({
          id: `page ${to}`,
          label,
          rightSection: <Keys keys={shortcut} />,
          keywords: 'go page',
          leftSection: <Icon size={16} aria-hidden />,
          onClick: go(to),
        })),
      },
      {
        group: 'Actions',
        actions: [...registered, ...global].map(({ id, label, description, keywords, run }) => ({
          id: `command ${id}`,
          label,
          ...(description === undefined ? {} : { description }),
          ...(keywords === undefined ? {} : { keywords }),
          leftSection: <IconBolt size={16} aria-hidden />,
          onClick: run,
        })),
      },
      {
        group: 'Pools',
        actions: (pools ?? []).map(({ id, name, status }) => ({
          id: `pool ${id}`,
          label: name,
          description: `Pool, ${status}`,
          leftSection: <IconRipple size={16} aria-hidden />,
          onClick: go(`/pools/${id}`),
        })),
      },
      {
        group: 'Upstreams',
        actions: (upstreams ?? []).map(({ id, name, kind }) => ({
          id: `upstream ${id}`,
          label: name,
          description: `Upstream, ${kind}`,
          leftSection: <IconPlugConnected size={16} aria-hidden />,
          onClick: go(`/upstreams/${id}`),
        })),
      },
      {
        group: 'API keys',
        actions: (keys ?? []).map(({ id, name, prefix, poolId, status }) => ({
          id: `key ${id}`,
          label: name,
          description: `Key in ${poolNames.get(poolId) ?? 'a Pool'}, ${status}, ${prefix}`,
          leftSection: <IconKey size={16} aria-hidden />,
          onClick: go(`/keys/${id}`),
        })),
      },
    ]
  }, [navigate, registered, global, pools, upstreams, keys])
}
