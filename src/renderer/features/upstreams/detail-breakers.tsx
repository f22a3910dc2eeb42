/** The models that it failed at several times in a row, and until when it is not asked for them. */
import { Anchor, Text } from '@mantine/core'
import { DetailPart } from '../../components/detail-part.tsx'
import { BelowCell, SmallTable } from '../../components/small-table.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { formatCount } from '../../lib/format.ts'
import { withParams } from '../../lib/url-state.ts'
import { Link } from 'react-router'
import { useUpstreamActs } from './upstream-acts.tsx'
import type { Upstream } from './upstream-rows.ts'
import { routeWords } from './words.ts'

export function DetailBreakers({ upstream }: { readonly upstream: Upstream }) {
  const acts = useUpstreamActs()
  const { breakers } = upstream.health
  if (breakers.length === 0) return null
  return (
    <DetailPart
      title="Open circuits"
      end={
        <Anchor component="button" type="button" size="xs" onClick={() => acts.test(upstream)}>
          Test it now
        </Anchor>
      }
    >
      <Text c="dimmed" size="xs" mb={4}>
        It failed several times in a row for these. Until the time below others are asked instead where there are any;
        then one request tries it again. A test that succeeds closes all of them.
      </Text>
      <SmallTable
        label="Open circuits"
        heads={['Model', 'State', 'Tried again', { text: 'Failures', align: 'right', hint: 'In a row' }]}
      >
        {breakers.map(({ model, route, state, until, failures }) => (
          <tr key={`${route} ${model}`}>
            <td>
              <Anchor component={Link} to={withParams('/requests', { upstream: upstream.id, model, state: 'failed' })}>
                {model}
              </Anchor>
              <BelowCell>{routeWords(route)}</BelowCell>
            </td>
            <td>
              <StatusBadge status={state === 'open' ? 'circuit_open' : 'circuit_half_open'} />
            </td>
            <td>{state === 'open' ? <Time at={until} /> : 'with the next request'}</td>
            <td data-align="right">{formatCount(failures)}</td>
          </tr>
        ))}
      </SmallTable>
    </DetailPart>
  )
}
