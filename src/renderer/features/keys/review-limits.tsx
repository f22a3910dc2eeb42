/** Of an existing key: how much of each limit is used already, against its cap as it is and as the edit makes it. */
import { Group, Title } from '@mantine/core'
import type { PoolKey } from '../../../shared/models/key.ts'
import { LoadingState, QueryState } from '../../components/states.tsx'
import { Tag } from '../../components/status-badge.tsx'
import { useRoute } from '../../lib/api.ts'
import { reviewLimitRows, type NextLimits, type ReviewLimitRow } from './review-limit-rows.ts'
import classes from './keys.module.css'

/** Time alone changes these figures too. */
const POLL_MS = 5_000

export interface ReviewLimitsProps {
  readonly poolKey: PoolKey
  readonly next: NextLimits
}

export function ReviewLimits({ poolKey: key, next }: ReviewLimitsProps) {
  const usage = useRoute('key.usage', { id: key.id }, { refetchInterval: POLL_MS })
  return (
    <QueryState query={usage} what="The use of the limits" loading={<LoadingState rows={2} />}>
      {({ states }) => {
        const rows = reviewLimitRows(states, key, next)
        return rows.length === 0 ? null : <Table rows={rows} />
      }}
    </QueryState>
  )
}

function Table({ rows }: { readonly rows: readonly ReviewLimitRow[] }) {
  const isChanged = rows.some(({ after }) => after !== null)
  return (
    <section aria-labelledby="review-limits">
      <Title order={3} id="review-limits" mb={4}>
        Used of its limits
      </Title>
      <table className={classes['changes']} aria-labelledby="review-limits">
        <thead>
          <tr>
            <th scope="col">Limit</th>
            <th scope="col">Now</th>
            {isChanged && <th scope="col">Then</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, name, now, after, isFull }) => (
            <tr key={id}>
              <td>{name}</td>
              {isChanged && <td>{now}</td>}
              <td>
                <Group gap="xs">
                  <span>{isChanged ? (after ?? 'the same') : now}</span>
                  {isFull && <Tag tone="bad">nothing left</Tag>}
                </Group>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
