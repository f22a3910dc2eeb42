/** Which limits counted the request, and how much of each it took. */
import { Anchor, Text } from '@mantine/core'
import { Link } from 'react-router'
import { limitNames } from '../../../shared/limit-names.ts'
import type { LimitCharge, RequestDetail } from '../../../shared/models/request.ts'
import { writeUsd } from '../../lib/amount.ts'
import { formatCount } from '../../lib/format.ts'
import classes from './request-details.module.css'

export function ChargeTable({ detail }: { readonly detail: RequestDetail }) {
  const { charged, keyId, state } = detail
  if (charged === null) return <Text c="dimmed">Its key is gone, and what limited it is not known any more.</Text>
  if (state === 'refused') return <Text c="dimmed">None: it was sent to no upstream, so nothing was charged.</Text>
  if (charged.length === 0)
    return <Text c="dimmed">None: its key has no limit that counts requests, tokens or cost.</Text>
  return (
    <>
      <table className={classes['table']} aria-label="Limits charged">
        <thead>
          <tr>
            <th scope="col">Limit</th>
            <th scope="col" data-align="right">
              {state === 'open' ? 'Reserved' : 'Charged'}
            </th>
            <th scope="col" data-align="right">
              Of
            </th>
          </tr>
        </thead>
        <tbody>
          {charged.map((charge) => (
            <tr key={nameOf(charge)}>
              <td>{nameOf(charge)}</td>
              <td data-align="right">{amountOf(charge, charge.amount)}</td>
              <td data-align="right">{amountOf(charge, charge.limit)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Text size="xs" c="dimmed" mt={4}>
        The limits are those of now.{' '}
        <Anchor component={Link} to={`/keys/${keyId}`} inherit underline="always">
          How full they are
        </Anchor>
      </Text>
    </>
  )
}

function nameOf({ of, field, model }: LimitCharge): string {
  const whose = of === 'token' ? ' of the token' : ''
  return `${limitNames[field].long}${whose}${model === null ? '' : ` for ${model}`}`
}

function amountOf({ field }: LimitCharge, value: number): string {
  const { unit } = limitNames[field]
  return unit === 'usd' ? `$${writeUsd(value)}` : `${formatCount(value)} ${value === 1 ? unit.slice(0, -1) : unit}`
}
