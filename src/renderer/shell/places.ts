/** Where one can go: one list for the rail, the palette and the shortcuts. */
import {
  IconBell,
  IconChartBar,
  IconFileText,
  IconKey,
  IconListDetails,
  IconMessages,
  IconPlugConnected,
  IconRipple,
  IconSettings,
  IconTag,
} from '@tabler/icons-react'

export const places = [
  { to: '/', label: 'Overview', keys: 'g o', icon: IconChartBar },
  { to: '/pools', label: 'Pools', keys: 'g p', icon: IconRipple },
  { to: '/upstreams', label: 'Upstreams', keys: 'g u', icon: IconPlugConnected },
  { to: '/keys', label: 'API keys', keys: 'g k', icon: IconKey },
  { to: '/prices', label: 'Prices', keys: 'g c', icon: IconTag },
  { to: '/requests', label: 'Requests', keys: 'g l', icon: IconListDetails },
  { to: '/sessions', label: 'Sessions', keys: 'g e', icon: IconMessages },
  { to: '/alerts', label: 'Alerts', keys: 'g n', icon: IconBell },
  { to: '/audit', label: 'Audit', keys: 'g a', icon: IconFileText },
  { to: '/settings', label: 'Settings', keys: 'g s', icon: IconSettings },
] as const
