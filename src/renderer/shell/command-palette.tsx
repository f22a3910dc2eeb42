/** Ctrl/Cmd-K: every page, Pool, upstream, key and action by its name. Records are fetched when it opens. */
import { Spotlight, type SpotlightActionData } from '@mantine/spotlight'
import { IconBolt, IconKey, IconPlugConnected, IconRipple } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { useNavigate } from 'react-router'
import { useRoute } from '../lib/api.ts'
import { useRegisteredCommands } from '../lib/commands.ts'
import { useGlobalCommands } from './global-commands.ts'
import classes from './command-palette.module.css'
import { Keys } from './keys.tsx'
import { places } from './places.ts'

/** The shortcut means nothing in a field, and a view switch keeps the focus in one: it works everywhere. */
const noTags: string[] = []

export function CommandPalette() {
  const [opened, setOpened] = useState(false)
  const actions = useActions(opened)
  return (
    <Spotlight
      actions={actions}
      shortcut="mod + K"
      tagsToIgnore={noTags}
      onSpotlightOpen={() => setOpened(true)}
      onSpotlightClose={() => setOpened(false)}
      limit={40}
      nothingFound="Nothing has this name"
      searchProps={{
        placeholder: 'Go to a page, Pool, upstream or key, or do something',
        'aria-label': 'Command palette',
      }}
      scrollable
      maxHeight={420}
      overlayProps={{ backgroundOpacity: 0.4, blur: 0 }}
      attributes={{ content: { 'aria-label': 'Command palette' } }}
      classNames={{ action: classes['action'] ?? '', search: classes['search'] ?? '' }}
    />
  )
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
