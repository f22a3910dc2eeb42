import { Text } from '@mantine/core'
import type { PriceRates } from '../../../shared/models/price.ts'
import { costText, examplesOf } from './price-example.ts'
import classes from './prices.module.css'

export interface ExampleCostProps {
  /** Null while they cannot be read. */
  readonly rates: PriceRates | null
  /** In force now, to compare. */
  readonly before: PriceRates | null
}

/** What requests of a size would cost, and cost now. */
export function ExampleCost({ rates, before }: ExampleCostProps) {
  const now = before === null ? [] : examplesOf(before)
  return (
    <section className={classes['example']} aria-label="What a request would cost" aria-live="polite">
      <Text size="xs" c="dimmed">
        {rates === null
          ? 'What a request would cost appears here once the rates are filled in.'
          : 'What a request would cost'}
      </Text>
      {rates !== null && (
        <div className={classes['examples']}>
          {examplesOf(rates).map(({ size, tier, nanos }) => {
            const old = now.find((each) => each.size === size && each.tier === tier)?.nanos
            return (
              <Text key={`${size} ${tier ?? ''}`}>
                {`${size}${tier === null ? '' : `, ${tier}`}: `}
                <b>{costText(nanos)}</b>
                {old !== undefined && old !== nanos && <Text span c="dimmed">{`, now ${costText(old)}`}</Text>}
              </Text>
            )
          })}
        </div>
      )}
    </section>
  )
}
