/** The secret before the last rotation, while it still opens. */
import { Button, Text, Tooltip } from '@mantine/core'
import type { PoolKey, PreviousSecret } from '../../../shared/models/key.ts'
import { Notice } from '../../components/notice.tsx'
import { Time } from '../../components/time.tsx'
import { useNow } from '../../lib/clock.ts'
import { formatRelative, formatTime, zoneOf } from '../../lib/format.ts'
import { useKeyActs } from './key-acts.tsx'
import classes from './keys.module.css'

/** Its time may have come since the key was fetched. */
function useOldSecret({ previous }: PoolKey): PreviousSecret | null {
  const now = useNow()
  return previous !== null && previous.until > now ? previous : null
}

export function OldSecretNotice({ poolKey: key }: { readonly poolKey: PoolKey }) {
  const old = useOldSecret(key)
  const acts = useKeyActs()
  if (old === null) return null
  return (
    <Notice
      tone={old.usedAt === null ? 'info' : 'warn'}
      title="The old secret still opens"
      actions={
        <Button size="compact-sm" variant="default" onClick={() => acts.endGrace(key)}>
          End now
        </Button>
      }
    >
      <Text component="div">
        Until <Time at={old.until} absolute />, <Time at={old.until} />.{' '}
        {old.usedAt === null ? (
          'Not used since the rotation.'
        ) : (
          <>
            Last used <Time at={old.usedAt} />.
          </>
        )}
      </Text>
    </Notice>
  )
}

/** Beside the status in a list. */
export function OldSecretMark({ poolKey: key }: { readonly poolKey: PoolKey }) {
  const old = useOldSecret(key)
  const now = useNow()
  if (old === null) return null
  const used = old.usedAt === null ? 'not used since the rotation' : `last used ${formatRelative(old.usedAt, now)}`
  return (
    <Tooltip label={`The old secret opens until ${formatTime(old.until)} ${zoneOf(old.until)}; ${used}`}>
      <span className={classes['old']} data-used={old.usedAt !== null}>
        old secret open
      </span>
    </Tooltip>
  )
}
