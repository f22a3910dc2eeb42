import { Stack, Text, Title } from '@mantine/core'
import type { Price } from '../../../shared/models/price.ts'
import { LoadingState, QueryState } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { useRoute } from '../../lib/api.ts'
import { ratesWords, type Slot } from './price-rows.ts'
import { SourceBadge } from './source-badge.tsx'
import classes from './prices.module.css'

/** What the model cost when, newest first. */
export function PriceHistory({ slot: { model, upstreamId } }: { readonly slot: Slot }) {
  const history = useRoute('price.history', { model, upstreamId })
  return (
    <Stack gap="xs">
      <Title order={2}>History</Title>
      <QueryState query={history} what="The history" loading={<LoadingState rows={3} />}>
        {(prices) =>
          prices.length === 0 ? (
            <Text c="dimmed">It never had a price.</Text>
          ) : (
            <ol className={classes['history']} aria-label="History">
              {prices.map((price) => (
                <Entry key={`${price.id} ${price.from}`} price={price} />
              ))}
            </ol>
          )
        }
      </QueryState>
      <Text size="xs" c="dimmed">
        A request keeps the cost by the price that was in force when it ran.
      </Text>
    </Stack>
  )
}

function Entry({ price: { from, source, rates, note } }: { readonly price: Price }) {
  return (
    <li>
      <div className={classes['historyHead']}>
        <span>{from === 0 ? 'Came with Weir' : <Time at={from} absolute />}</span>
        <SourceBadge source={source} />
      </div>
      <div>{rates === null && source === 'bundled' ? 'own price given up' : ratesWords(rates)}</div>
      {note !== '' && <div className={classes['dim']}>{note}</div>}
    </li>
  )
}
