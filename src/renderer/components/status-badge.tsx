/** A state as colour, icon and word together; never by colour alone. One table for every kind of state in Weir. */
import { Tooltip } from '@mantine/core'
import {
  IconAlertTriangle,
  IconArchive,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClockPause,
  IconHourglass,
  IconInfoCircle,
  IconKeyOff,
  IconLock,
  IconPlayerPause,
  IconPlayerStop,
  IconPlugConnectedX,
  IconProgress,
  IconRefresh,
  IconShieldX,
  IconUnlink,
} from '@tabler/icons-react'
import type { ComponentType, ReactNode } from 'react'
import classes from './status-badge.module.css'

export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'muted'

interface Look {
  readonly tone: Tone
  readonly word: string
  readonly icon: ComponentType<{ size?: number; 'aria-hidden'?: boolean }>
}

const looks: Readonly<Record<string, Look>> = {
  // Pools and keys
  active: { tone: 'ok', word: 'Active', icon: IconCircleCheck },
  disabled: { tone: 'warn', word: 'Disabled', icon: IconPlayerPause },
  cannot_serve: { tone: 'bad', word: 'Cannot serve', icon: IconUnlink },
  archived: { tone: 'muted', word: 'Archived', icon: IconArchive },
  paused: { tone: 'warn', word: 'Paused', icon: IconPlayerPause },
  revoked: { tone: 'bad', word: 'Revoked', icon: IconKeyOff },
  expired: { tone: 'muted', word: 'Expired', icon: IconHourglass },
  // Ephemeral tokens, of which most is as with keys
  keyEnded: { tone: 'warn', word: 'Key not usable', icon: IconLock },
  // Upstreams
  ready: { tone: 'ok', word: 'Ready', icon: IconCircleCheck },
  cooling_down: { tone: 'warn', word: 'Cooling down', icon: IconClockPause },
  auth_required: { tone: 'bad', word: 'Sign-in required', icon: IconLock },
  secret_missing: { tone: 'bad', word: 'Secret missing', icon: IconKeyOff },
  quota_stale: { tone: 'muted', word: 'Old figure', icon: IconClockPause },
  quota_reset: { tone: 'info', word: 'Reset passed', icon: IconRefresh },
  quota_exhausted: { tone: 'warn', word: 'Quota used up', icon: IconHourglass },
  circuit_open: { tone: 'warn', word: 'Circuit open', icon: IconPlugConnectedX },
  circuit_half_open: { tone: 'info', word: 'On trial', icon: IconProgress },
  busy: { tone: 'warn', word: 'Busy', icon: IconClockPause },
  refreshing: { tone: 'info', word: 'Refreshing', icon: IconProgress },
  // Requests
  open: { tone: 'info', word: 'Running', icon: IconProgress },
  completed: { tone: 'ok', word: 'Completed', icon: IconCircleCheck },
  failed: { tone: 'bad', word: 'Failed', icon: IconCircleX },
  refused: { tone: 'warn', word: 'Refused', icon: IconShieldX },
  aborted: { tone: 'muted', word: 'Cancelled', icon: IconPlayerStop },
  interrupted: { tone: 'bad', word: 'Interrupted', icon: IconUnlink },
  // Outcomes and the gateway itself
  success: { tone: 'ok', word: 'Success', icon: IconCircleCheck },
  failure: { tone: 'bad', word: 'Failure', icon: IconCircleX },
  running: { tone: 'ok', word: 'Running', icon: IconCircleCheck },
  degraded: { tone: 'warn', word: 'Degraded', icon: IconClockPause },
  stopped: { tone: 'bad', word: 'Stopped', icon: IconPlayerStop },
  unreachable: { tone: 'bad', word: 'Unreachable', icon: IconUnlink },
  // Alerts
  info: { tone: 'info', word: 'Info', icon: IconInfoCircle },
  warning: { tone: 'warn', word: 'Warning', icon: IconAlertTriangle },
  critical: { tone: 'bad', word: 'Critical', icon: IconCircleX },
}

/** The word for a state, for filters and sentences. An unknown state is shown as it is written. */
export function statusWord(status: string): string {
  return looks[status]?.word ?? status.replaceAll('_', ' ')
}

export function statusTone(status: string): Tone {
  return looks[status]?.tone ?? 'muted'
}

export interface StatusBadgeProps {
  readonly status: string
  /** Why, in one sentence; shown on hover and read out. */
  readonly reason?: string | null
  /** After the word: a countdown, a count. */
  readonly children?: ReactNode
}

export function StatusBadge({ status, reason, children }: StatusBadgeProps) {
  const {
    tone,
    word,
    icon: Icon,
  } = looks[status] ?? {
    tone: 'muted' as const,
    word: statusWord(status),
    icon: IconCircleDashed,
  }
  const badge = (
    <span className={classes['badge']} data-tone={tone} data-status={status}>
      <Icon size={13} aria-hidden />
      {word}
      {children}
      {typeof reason === 'string' && <span className={classes['reason']}>{`: ${reason}`}</span>}
    </span>
  )
  return typeof reason === 'string' ? <Tooltip label={reason}>{badge}</Tooltip> : badge
}

/** The same look for a word that is no state: a kind, a count, a warning. */
export function Tag({ tone = 'muted', children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return (
    <span className={classes['badge']} data-tone={tone}>
      {children}
    </span>
  )
}
