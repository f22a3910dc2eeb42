/** Models whose requests cost nobody knows what: those in use first, and below those that an upstream only lists. */
import { Button, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'react-router'
import type { UnpricedModel } from '../../../shared/models/price.ts'
import { Tag } from '../../components/status-badge.tsx'
import { formatNoun } from '../../lib/format.ts'
import { usePriceActs } from './price-acts.tsx'
import { requestsOf, splitUnpriced } from './price-rows.ts'
import { useUpstreamNames } from './queries.ts'
import classes from './prices.module.css'

const SHOWN = 3

export function UnpricedStrip({ unpriced }: { readonly unpriced: readonly UnpricedModel[] }) {
  const [isOpen, setOpen] = useState(false)
  const { used, listed } = splitUnpriced(unpriced)
  if (unpriced.length === 0) return null
  const first = used.slice(0, SHOWN)
  const more = unpriced.length - first.length
  return (
    <section
      className={classes['strip']}
      data-tone={used.length > 0 ? 'warn' : 'info'}
      aria-labelledby="unpriced-title"
    >
      <div className={classes['stripHead']}>
        <IconAlertTriangle size={17} aria-hidden />
        <Text fw={600} id="unpriced-title" component="h2" flex={1}>
          {titleOf(used.length, listed.length)}
        </Text>
        {more > 0 && (
          <Button
            size="compact-xs"
            variant="default"
            aria-expanded={isOpen}
            aria-controls="unpriced-models"
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? 'Show fewer' : first.length === 0 ? 'Show them' : 'Show all'}
          </Button>
        )}
      </div>
      <ul
        className={classes['unpriced']}
        id="unpriced-models"
        tabIndex={isOpen ? 0 : -1}
        aria-label="Models without a price"
      >
        {(isOpen ? [...used, ...listed] : first).map((each) => (
          <Unpriced key={each.model} unpriced={each} />
        ))}
      </ul>
    </section>
  )
}

function titleOf(used: number, listed: number): string {
  if (used === 0) {
    return `${formatNoun(listed, 'model that an upstream lists has', 'models that upstreams list have')} no price; none was used in 30 days`
  }
  const cost = used === 1 ? 'its cost' : 'their cost'
  return `${formatNoun(used, 'model in use has', 'models in use have')} no price: ${cost} is missing in log, charts and budgets`
}

function Unpriced({ unpriced: { model, requests, upstreamIds, withdrawn } }: { readonly unpriced: UnpricedModel }) {
  const acts = usePriceActs()
  const names = useUpstreamNames()
  const places = upstreamIds.map((id) => names.get(id) ?? id).join(', ')
  return (
    <li>
      <code className={classes['unpricedModel']}>{model}</code>
      <span className={classes['unpricedUse']}>
        {requests > 0 ? (
          <Link className={classes['plainLink'] ?? ''} to={requestsOf({ model, upstreamId: null }) ?? '/requests'}>
            {`${formatNoun(requests, 'request')} in 30 days`}
          </Link>
        ) : (
          'not used in 30 days'
        )}
        {places === '' ? ', listed by no upstream now' : `, at ${places}`}{' '}
        {withdrawn && <Tag>you made it unpriced</Tag>}
      </span>
      <Button
        size="compact-xs"
        variant="default"
        aria-label={`Set a price of ${model}`}
        onClick={() => acts.add(model)}
      >
        Set a price
      </Button>
    </li>
  )
}
