/** What a request's cost is made of, by the price of then: tokens times rate, part by part. */
import { Anchor, Text } from '@mantine/core'
import { Link } from 'react-router'
import type { RequestCost, RequestDetail } from '../../../shared/models/request.ts'
import { dollarsOfRate } from '../../../shared/price-text.ts'
import { Time } from '../../components/time.tsx'
import { writeUsd } from '../../lib/amount.ts'
import { formatCount } from '../../lib/format.ts'
import { withParams } from '../../lib/url-state.ts'
import classes from './request-details.module.css'

type Part = RequestCost['parts'][number]

const names: Readonly<Record<Part['component'], string>> = {
  input: 'Fresh input',
  cachedInput: 'Cached input',
  cacheWrite: 'Cache write',
  output: 'Output',
  reasoning: 'Reasoning',
}

export function CostTable({ detail }: { readonly detail: RequestDetail }) {
  const { cost, costNanos, state } = detail
  if (costNanos === null || state === 'open') return null
  if (cost === null) return <Unknown state={state} />
  return (
    <>
      <table className={`${classes['table']} ${classes['costs']}`} aria-label="Cost">
        <thead>
          <tr>
            <th scope="col">Cost</th>
            <th scope="col" data-align="right">
              Tokens
            </th>
            <th scope="col" data-align="right">
              $ per 1M
            </th>
            <th scope="col" data-align="right">
              USD
            </th>
          </tr>
        </thead>
        <tbody>
          {cost.parts.map(({ component, tokens, rate, nanos }) => (
            <tr key={component}>
              <td>{names[component]}</td>
              <td data-align="right">{formatCount(tokens)}</td>
              <td data-align="right">{`× ${dollarsOfRate(rate)}`}</td>
              <td data-align="right">{`$${writeUsd(nanos)}`}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td colSpan={3}>Total</td>
            <td data-align="right">{`$${writeUsd(costNanos)}`}</td>
          </tr>
        </tfoot>
      </table>
      <Origin cost={cost} />
    </>
  )
}

/** Which price it was. */
function Origin({ cost: { price, tier, isLongContext } }: { readonly cost: RequestCost }) {
  const kind = [tier === null ? null : `service tier ${tier}`, isLongContext ? 'long context' : null].filter(
    (each) => each !== null,
  )
  return (
    <Text size="xs" c="dimmed" mt={4}>
      By the price of{' '}
      <Anchor
        component={Link}
        to={withParams('/prices', { model: price.model, upstream: price.upstreamId })}
        inherit
        underline="always"
        aria-label={`The price of ${price.model}`}
      >
        {price.model}
      </Anchor>
      {kind.length === 0 ? '' : `, ${kind.join(', ')}`}
      {price.source === 'bundled' ? (
        ', as it came with Weir'
      ) : (
        <>
          {', in force since '}
          <Time at={price.from} absolute />
        </>
      )}
    </Text>
  )
}

function Unknown({ state }: { readonly state: RequestDetail['state'] }) {
  return (
    <Text size="xs" c="dimmed" mt={6}>
      {state === 'interrupted'
        ? 'Weir stopped while it ran, so it is charged with what was reserved for it.'
        : 'The price has changed since, so what the cost was made of is not known any more.'}
    </Text>
  )
}
