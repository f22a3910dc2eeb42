import { Tooltip } from '@mantine/core'
import { useNow } from '../lib/clock.ts'
import { formatRelative, formatTime, zoneOf } from '../lib/format.ts'

export interface TimeProps {
  /** Epoch ms; null shows `none`. */
  readonly at: number | null
  readonly none?: string
  /** The absolute time as the text, the relative one on hover. `clock`: without its day, which stands above. */
  readonly absolute?: boolean | 'clock'
}

/** A moment: relative as text, absolute with its zone on hover and for machines. */
export function Time({ at, none = 'never', absolute = false }: TimeProps) {
  const now = useNow()
  if (at === null) return <span>{none}</span>
  const relative = formatRelative(at, now)
  const full = `${formatTime(at)} ${zoneOf(at)}`
  const exact = absolute === 'clock' ? formatTime(at).slice(11) : formatTime(at)
  const more = absolute === 'clock' ? `${relative}, ${full}` : `${relative}, ${zoneOf(at)}`
  return (
    <Tooltip label={absolute === false ? full : more}>
      <time dateTime={new Date(at).toISOString()}>{absolute === false ? relative : exact}</time>
    </Tooltip>
  )
}
