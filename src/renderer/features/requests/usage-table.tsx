import { Anchor, Text } from '@mantine/core'
import { Link } from 'react-router'
import type { RequestDetail } from '../../../shared/models/request.ts'
import { formatCount, formatShare, formatUsd } from '../../lib/format.ts'
import { withParams } from '../../lib/url-state.ts'
import { CostTable } from './cost-table.tsx'
import classes from './request-details.module.css'
import { sourceWords, TokenBar, tokenParts } from './token-bar.tsx'

/** Tokens by kind, what was charged at admission, and the cost. */
export function UsageTable({ detail }: { readonly detail: RequestDetail }) {
  const { usage, usageSource, costNanos, cost, reserved, state } = detail
  const total = usage.input + usage.output
  const model = detail.sentModel ?? detail.model
  if (total === 0 && state !== 'open') return <Text c="dimmed">No tokens were used, and nothing was charged.</Text>
  return (
    <>
      {total > 0 && (
        <div className={classes['bar']}>
          <TokenBar usage={usage} />
        </div>
      )}
      <table className={classes['table']} aria-label="Usage">
        <thead>
          <tr>
            <th scope="col">Tokens</th>
            <th scope="col" data-align="right">
              Used
            </th>
            <th scope="col" data-align="right">
              Share
            </th>
          </tr>
        </thead>
        <tbody>
          {tokenParts(usage).map(({ name, label, tokens }) => (
            <tr key={name}>
              <td>
                <span className={classes['swatch']} data-part={name} aria-hidden />
                {label}
              </td>
              <td data-align="right">{formatCount(tokens)}</td>
              <td data-align="right">{formatShare(total === 0 ? null : tokens / total)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td>{state === 'open' ? 'Total, known when it ends' : `Total, ${sourceWords(usageSource)}`}</td>
            <td data-align="right">{formatCount(total)}</td>
            <td data-align="right">{formatShare(total === 0 ? null : 1)}</td>
          </tr>
        </tfoot>
      </table>
      {cost === null && (
        <Text mt={6}>
          {costNanos === null ? 'Cost: no price is known for this model.' : `Cost: ${formatUsd(costNanos)}`}
          {costNanos === null && model !== null && (
            <>
              {' '}
              <Anchor component={Link} to={withParams('/prices', { model })} inherit>
                Prices
              </Anchor>
            </>
          )}
        </Text>
      )}
      <CostTable detail={detail} />
      <Text size="xs" c="dimmed">
        {`Reserved at admission, before the real figures were known: ${formatCount(reserved.input)} input and ${formatCount(reserved.output)} output tokens.`}
      </Text>
    </>
  )
}
