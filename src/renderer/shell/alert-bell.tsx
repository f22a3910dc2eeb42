/** How many alerts nobody has read yet, on every page; a critical one that arrives says so in the corner. */
import { Tooltip } from '@mantine/core'
import { IconBell, IconBellRinging } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import { Link, useNavigate } from 'react-router'
import type { Notice } from '../../shared/models/notice.ts'
import { useRoute } from '../lib/api.ts'
import { formatCount, formatNoun } from '../lib/format.ts'
import { noticeText } from '../lib/notice-words.ts'
import { toastAlert } from '../lib/toast.tsx'
import classes from './status-strip.module.css'

/** More than this many at once are told as a number anyway. */
const NEWEST = 20

export function AlertBell() {
  const page = useRoute('notice.list', { limit: NEWEST }).data
  useCriticalToast(page?.rows)
  const unread = page?.unread ?? 0
  const Icon = unread > 0 ? IconBellRinging : IconBell
  const words = unread === 0 ? 'No unread alerts' : formatNoun(unread, 'unread alert')
  return (
    <Tooltip label={words}>
      <Link className={classes['bell'] ?? ''} to="/alerts" aria-label={words} data-unread={unread > 0}>
        <Icon size={16} stroke={1.7} aria-hidden />
        {unread > 0 && <span className={classes['count']}>{unread > 99 ? '99+' : formatCount(unread)}</span>}
      </Link>
    </Tooltip>
  )
}

/** Only of what comes while the page is open: what was there when it was loaded is told by the number. */
function useCriticalToast(rows: readonly Notice[] | undefined): void {
  const navigate = useNavigate()
  const newest = useRef<number | null>(null)
  useEffect(() => {
    if (rows === undefined) return
    const before = newest.current
    newest.current = Math.max(before ?? 0, ...rows.map(({ at }) => at))
    if (before === null) return
    const [first, ...others] = rows.filter(
      ({ at, level, readAt }) => at > before && level === 'critical' && readAt === null,
    )
    if (first === undefined) return
    const text =
      others.length === 0 ? noticeText(first) : `${formatCount(others.length + 1)} critical alerts have come.`
    toastAlert(text, { label: 'Show alerts', run: () => void navigate('/alerts') })
  }, [rows, navigate])
}
