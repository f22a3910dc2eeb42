/** Which account it is, how it came here and how long its token is good. Of its tokens nothing is shown. */
import { Anchor, Text } from '@mantine/core'
import { CopyText } from '../../components/copy.tsx'
import { DetailPart } from '../../components/detail-part.tsx'
import { FactList } from '../../components/facts.tsx'
import { Time } from '../../components/time.tsx'
import { useNow } from '../../lib/clock.ts'
import { Disclosure } from './disclosure.tsx'
import { PlanTag } from './plan-tag.tsx'
import { useUpstreamActs } from './upstream-acts.tsx'
import type { Upstream } from './upstream-rows.ts'
import { originWords } from './words.ts'

type Account = NonNullable<Upstream['account']>

export function DetailAccount({ upstream }: { readonly upstream: Upstream }) {
  const acts = useUpstreamActs()
  const { account, baseUrl, proxyUrl, health } = upstream
  return (
    <DetailPart
      title="Account"
      end={
        <Anchor component="button" type="button" size="xs" onClick={() => acts.replaceSecret(upstream)}>
          Sign in again
        </Anchor>
      }
    >
      {account === null ? (
        <Text c="dimmed">Its sign-in was not finished, so it holds no account yet.</Text>
      ) : (
        <FactList
          label="Account"
          facts={[
            { label: 'Email', value: account.email ?? 'not said' },
            {
              label: 'Plan',
              value: account.plan === null ? 'not said' : <PlanTag upstream={upstream} />,
            },
            { label: 'Workspace', value: account.workspace ?? 'not said' },
            { label: 'Added by', value: originWords[account.origin] },
            {
              label: 'Token',
              value: health.state === 'auth_required' ? 'refused by the provider' : <TokenAge account={account} />,
            },
          ]}
        />
      )}
      <Disclosure title="Advanced">
        <FactList
          label="Advanced"
          facts={[
            account === null
              ? null
              : { label: 'Account id', value: <CopyText text={account.accountId} what="account id" /> },
            { label: 'Base URL', value: <CopyText text={baseUrl} what="base URL" /> },
            { label: 'Proxy', value: proxyUrl ?? 'none' },
          ]}
        />
      </Disclosure>
    </DetailPart>
  )
}

function TokenAge({ account: { expiresAt, refreshedAt, origin } }: { readonly account: Account }) {
  const now = useNow()
  if (expiresAt === null) {
    return (
      <>
        set <Time at={refreshedAt} />; {origin === 'token' ? 'nothing renews it' : 'its end is not known'}
      </>
    )
  }
  return (
    <>
      {expiresAt > now ? 'fresh until ' : 'ended '}
      <Time at={expiresAt} absolute={expiresAt > now} />, made <Time at={refreshedAt} />
    </>
  )
}
