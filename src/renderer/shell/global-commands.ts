/** Acts that are at hand on every page. */
import { useMantineColorScheme } from '@mantine/core'
import { useMemo } from 'react'
import { useNavigate } from 'react-router'
import type { Command } from '../lib/commands.ts'
import { schemes } from '../lib/scheme.ts'
import { openHelp } from './help-store.ts'

export function useGlobalCommands(): readonly Command[] {
  const navigate = useNavigate()
  const { setColorScheme } = useMantineColorScheme()
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
      go('alerts.unread', 'Show unread alerts', '/alerts?show=unread', 'notices bell budget'),
      go('welcome', 'First steps', '/welcome', 'start setup snippet client'),
      go('settings.sharing', 'Share the gateway on the network', '/settings?tab=sharing', 'lan address interface port'),
      go('settings.data', 'Data and retention', '/settings?tab=data', 'database size disk compact delete'),
      go('settings.backups', 'Backups', '/settings?tab=backups', 'restore copy'),
      go('settings.diagnostics', 'Diagnostics bundle', '/settings?tab=diagnostics', 'support report'),
      go('settings.about', 'About this Weir', '/settings?tab=about', 'version secret store appearance restart'),
      { id: 'help', label: 'Keyboard shortcuts', keywords: 'keys help', run: openHelp },
      ...schemes.map(({ value, label }) => ({
        id: `scheme ${value}`,
        label: `Colour scheme: ${label}`,
        keywords: 'theme dark light',
        run: () => setColorScheme(value),
      })),
    ]
  }, [navigate, setColorScheme])
}
