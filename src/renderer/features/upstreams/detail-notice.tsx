/** Why it does not serve, and the one thing to do about it. */
import { Anchor, Button } from '@mantine/core'
import { Link } from 'react-router'
import { StateLine } from '../../components/detail-part.tsx'
import { Time } from '../../components/time.tsx'
import { useRoute } from '../../lib/api.ts'
import { useUpstreamActs } from './upstream-acts.tsx'
import type { Upstream } from './upstream-rows.ts'

export function DetailNotice({ upstream }: { readonly upstream: Upstream }) {
  const { health, kind } = upstream
  const acts = useUpstreamActs()
  const pools = useRoute('upstream.readiness', { id: upstream.id }).data
  if (health.state === 'ready') {
    if (pools?.length !== 0) return null
    return (
      <StateLine>
        <span>It is in no Pool, so it serves nobody.</span>
        <Anchor component={Link} to={`/upstreams/${upstream.id}/edit#pools`}>
          Choose Pools
        </Anchor>
      </StateLine>
    )
  }
  const tone = health.state === 'auth_required' || health.state === 'secret_missing' ? 'bad' : 'warn'
  return (
    <StateLine tone={tone}>
      <span>
        {health.reason ??
          (health.state === 'paused' ? 'Paused: no new request is sent to it.' : 'It cannot serve now.')}
        {health.until !== null && (
          <>
            {' '}
            Back <Time at={health.until} />.
          </>
        )}
      </span>
      {tone === 'bad' && kind === 'chatgpt' && (
        <Button size="compact-sm" data-filled onClick={() => acts.replaceSecret(upstream)}>
          Sign in again
        </Button>
      )}
      {tone === 'bad' && kind !== 'simulator' && kind !== 'chatgpt' && (
        <Anchor component="button" type="button" onClick={() => acts.replaceSecret(upstream)}>
          {upstream.secret === null ? 'Set its secret' : 'Replace its secret'}
        </Anchor>
      )}
      {(health.state === 'paused' || (health.state === 'auth_required' && kind !== 'chatgpt')) && (
        <Anchor component="button" type="button" onClick={() => acts.resume(upstream)}>
          {health.state === 'paused' ? 'Resume it' : 'Try it again'}
        </Anchor>
      )}
      {health.state === 'cooling_down' && (
        <Anchor component="button" type="button" onClick={() => acts.test(upstream)}>
          Test it now
        </Anchor>
      )}
    </StateLine>
  )
}
