/** What is left of a signed-in account, by the provider's word, and when it was asked. */
import { Button, Text, Tooltip } from '@mantine/core'
import { DetailPart } from '../../components/detail-part.tsx'
import { Notice } from '../../components/notice.tsx'
import { Time } from '../../components/time.tsx'
import { useNow } from '../../lib/clock.ts'
import { useAction } from '../../lib/use-action.tsx'
import { AccountBars } from './account-bars.tsx'
import type { Upstream } from './upstream-rows.ts'
import classes from './account-quota.module.css'

type Quota = NonNullable<Upstream['accountQuota']>

export function DetailQuota({ upstream: { id, accountQuota } }: { readonly upstream: Upstream }) {
  return (
    <DetailPart title="Quota" end={<RefreshNow id={id} polledAt={accountQuota?.polledAt ?? null} />}>
      {accountQuota === null || isUnknown(accountQuota) ? <NeverAsked /> : <Known quota={accountQuota} />}
    </DetailPart>
  )
}

function isUnknown({ windows, credits, polledAt }: Quota): boolean {
  return windows.length === 0 && credits === null && polledAt === null
}

/** The core asks no provider twice within a minute. */
const GATE_MS = 60_000

function RefreshNow({ id, polledAt }: { readonly id: string; readonly polledAt: number | null }) {
  const refresh = useAction('account.quotaRefresh', {
    success: ({ pollError }) => (pollError === null ? 'The quota was read' : 'The quota could not be read'),
  })
  const now = useNow()
  const isFresh = polledAt !== null && now - polledAt < GATE_MS
  return (
    <Tooltip label={isFresh ? 'Read less than a minute ago.' : 'Asks the provider for its usage page.'}>
      <Button
        size="compact-xs"
        variant="default"
        loading={refresh.isPending}
        data-disabled={isFresh}
        aria-disabled={isFresh}
        onClick={() => !isFresh && refresh.fire({ id })}
      >
        Refresh now
      </Button>
    </Tooltip>
  )
}

function NeverAsked() {
  return (
    <Text c="dimmed">
      Nothing is known of its quota yet. The provider says it with each answer, and Weir asks for it soon after the
      sign-in. Until then requests are sent to it as to any other.
    </Text>
  )
}

function Known({ quota }: { readonly quota: Quota }) {
  const { windows, credits, pollError } = quota
  return (
    <>
      {pollError !== null && (
        <div className={classes['pending']}>
          <Notice tone="warn" title="The usage page could not be read">
            <Text>{pollError}</Text>
          </Notice>
        </div>
      )}
      {windows.length > 0 ? (
        <AccountBars windows={windows} />
      ) : (
        <Text c="dimmed">
          {quota.polledAt === null || pollError !== null
            ? 'Nothing is known of its quota yet.'
            : 'The provider names no limits for this account.'}
        </Text>
      )}
      <div className={classes['more']}>
        {credits !== null && (
          <Text size="xs" component="div">
            {`Credits: ${creditWords(credits)}, as of `}
            <Time at={credits.observedAt} />
          </Text>
        )}
        <PollLine quota={quota} />
      </div>
    </>
  )
}

function creditWords({ hasCredits, isUnlimited, balance }: NonNullable<Quota['credits']>): string {
  if (isUnlimited) return 'unlimited'
  if (!hasCredits) return 'none'
  return balance === null ? 'there are some' : `${balance} left`
}

function PollLine({ quota: { polledAt, nextPollAt } }: { readonly quota: Quota }) {
  return (
    <Text size="xs" c="dimmed" component="div">
      {polledAt === null ? (
        'The provider was not asked yet'
      ) : (
        <>
          {'Provider asked '}
          <Time at={polledAt} />
        </>
      )}
      {nextPollAt !== null && (
        <>
          {', again '}
          <Time at={nextPollAt} />
        </>
      )}
    </Text>
  )
}
