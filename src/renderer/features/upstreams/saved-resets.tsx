/** Resets that the provider keeps for an account, in one line: how many, and which of them is lost first. */
import { Text } from '@mantine/core'
import { Link } from 'react-router'
import { Tag } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { useNow } from '../../lib/clock.ts'
import { formatNoun } from '../../lib/format.ts'
import type { Upstream } from './upstream-rows.ts'
import classes from './account-quota.module.css'

const DAY_MS = 86_400_000

/** For a card: it leads to the page where they are used. Nothing where there are none. */
export function SavedResets({ upstream: { id, name, accountQuota } }: { readonly upstream: Upstream }) {
  const resets = accountQuota?.savedResets ?? []
  if (resets.length === 0) return null
  const first = resets.flatMap(({ expiresAt }) => expiresAt ?? []).toSorted((a, b) => a - b)[0] ?? null
  const count = formatNoun(resets.length, 'saved reset')
  return (
    <Text size="xs" component="div" className={classes['saved'] ?? ''}>
      <Link to={`/upstreams/${id}`} aria-label={`${count} of ${name}`}>
        {count}
      </Link>
      {first !== null && (
        <span>
          {resets.length > 1 ? 'the first expires ' : 'expires '}
          <Time at={first} />
        </span>
      )}
      <SoonTag at={first} />
      {accountQuota?.resetUse?.state === 'pending' && <span>one is on its way</span>}
    </Text>
  )
}

/** Beside the end of a saved reset that is lost within a day. */
export function SoonTag({ at }: { readonly at: number | null }) {
  const now = useNow()
  return at !== null && at - now < DAY_MS ? <Tag tone="warn">soon</Tag> : null
}
