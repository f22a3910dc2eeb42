/** Acts that are at hand on every page. */
import { useMantineColorScheme } from '@mantine/core'
import { useMemo } from 'react'
import { useNavigate } from 'react-router'
import type { Command } from '../lib/commands.ts'
import { useLatest } from '../lib/registry.ts'
import { schemes } from '../lib/scheme.ts'
import { useAction } from '../lib/use-action.tsx'
import { openHelp } from './help-store.ts'

export function useGlobalCommands(): readonly Command[] {
  const navigate = useNavigate()
  const { setColorScheme } = useMantineColorScheme()
  const verify = useAction('audit.verify')
  const backup = useAction('backup.create', { success: () => 'Making a backup' })
  const startVerify = useLatest(() => verify.fire({}))
  const startBackup = useLatest(() => backup.fire({}))
  return useMemo(() => {
    const go = (id: string, label: string, to: string, keywords = '') => ({
      id,
      label,
      keywords,
      run: () => void navigate(to),
    })
    return [
      go('pool.create', 'Create a Pool', '/pools/new', 'new add'),
      go('upstream.create', 'Add an upstream', '/upstreams/new', 'new create account'),
      go('key.create', 'Create an API key', '/keys/new', 'new add'),
      go('pools.attention', 'Show Pools that cannot serve', '/pools?status=attention', 'filter blocked broken'),
      go('upstreams.attention', 'Show upstreams that need attention', '/upstreams?state=attention', 'filter failing'),
      go('keys.soon', 'Show keys that expire soon', '/keys?soon=1', 'filter api keys'),
      go('keys.unused', 'Show unused keys', '/keys?unused=1', 'filter api keys'),
      go('keys.unrotated', 'Show keys that were never rotated', '/keys?unrotated=1', 'filter api keys'),
      go('keys.hygiene', 'Show what to clean up of the keys', '/keys?view=hygiene', 'filter api keys'),
      go('requests.failed', 'Show failed requests', '/requests?state=failed', 'filter errors log'),
      go('alerts.unread', 'Show unread alerts', '/alerts?show=unread', 'notices bell budget'),
      go('welcome', 'First steps', '/welcome', 'start setup snippet client'),
      go('settings.sharing', 'Share the gateway on the network', '/settings?tab=sharing', 'lan address interface port'),
      go('settings.data', 'Data and retention', '/settings?tab=data', 'database size disk compact delete'),
      go('settings.backups', 'Backups', '/settings?tab=backups', 'restore copy'),
      go('settings.diagnostics', 'Diagnostics bundle', '/settings?tab=diagnostics', 'support report'),
      go('settings.about', 'About this Weir', '/settings?tab=about', 'version secret store appearance restart'),
      {
        id: 'settings.backup',
        label: 'Back up now',
        keywords: 'copy database save',
        run: () => {
          startBackup()
          void navigate('/settings?tab=backups')
        },
      },
      {
        id: 'audit.verify',
        label: 'Verify the audit log',
        keywords: 'chain hash check',
        run: () => {
          startVerify()
          void navigate('/audit')
        },
      },
      { id: 'help', label: 'Keyboard shortcuts', keywords: 'keys help', run: openHelp },
      ...schemes.map(({ value, label }) => ({
        id: `scheme ${value}`,
        label: `Colour scheme: ${label}`,
        keywords: 'theme dark light',
        run: () => setColorScheme(value),
      })),
    ]
  }, [navigate, setColorScheme, startBackup, startVerify])
}
