import { Text } from '@mantine/core'
import type { PriceRates } from '../../../shared/models/price.ts'
import { rateLines, rateText, tiersWithoutLong } from './price-rows.ts'
import classes from './prices.module.css'

/** All rates of a price, a set per line. */
export function RateTable({ rates }: { readonly rates: PriceRates }) {
  const dearer = tiersWithoutLong(rates)
  return (
    <>
      <div className={classes['wide']} tabIndex={0} role="region" aria-label="Rates">
        <table className={classes['rateTable']} aria-label="Rates in dollars per million tokens">
          <thead>
            <tr>
              <th scope="col">$ per million tokens</th>
              <th scope="col">Input</th>
              <th scope="col">Cached</th>
              <th scope="col">Cache write</th>
              <th scope="col">Output</th>
              <th scope="col">Reasoning</th>
            </tr>
          </thead>
          <tbody>
            {rateLines(rates).map(({ name, rates: line }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{rateText(line.input)}</td>
                <td>{rateOr(line.cachedInput, 'as input')}</td>
                <td>{rateOr(line.cacheWrite, 'as input')}</td>
                <td>{rateText(line.output)}</td>
                <td>{rateOr(line.reasoning, 'as output')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rates.longContext !== null && (
        <Text size="xs" c="dimmed">
          {`Above ${rates.longContext.aboveInputTokens.toLocaleString('en-US')} input tokens, cached ones included, the whole request pays the long rates.`}
          {dearer.length > 0 &&
            ` Long requests of ${dearer.join(' and ')} pay the dearer of the tier’s and the standard long rates.`}
        </Text>
      )}
    </>
  )
}

function rateOr(rate: number | null, none: string) {
  return rate === null ? <span className={classes['dim']}>{none}</span> : rateText(rate)
}
