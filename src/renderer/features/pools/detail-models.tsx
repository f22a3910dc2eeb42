/** What the Pool may be asked for: the models it allows, those it serves, and its own names for some. */
import { Anchor, Text } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'react-router'
import { DetailPart } from '../../components/detail-part.tsx'
import { SmallTable } from '../../components/small-table.tsx'
import { useRoute } from '../../lib/api.ts'
import { formatNoun } from '../../lib/format.ts'
import { withParams } from '../../lib/url-state.ts'
import type { Pool } from './pool-rows.ts'
import classes from './detail.module.css'

const SHOWN = 24

export function DetailModels({ pool }: { readonly pool: Pool }) {
  const catalog = useRoute('model.catalog', {}).data
  const [isWhole, setWhole] = useState(false)
  const served = catalog?.filter(({ poolIds }) => poolIds.includes(pool.id)).map(({ id }) => id) ?? []
  const ids = pool.allowedModels ?? served
  const shown = isWhole ? ids : ids.slice(0, SHOWN)
  const unserved = new Set(catalog === undefined ? [] : ids.filter((id) => !served.includes(id)))
  return (
    <DetailPart
      title="Models"
      end={
        <Anchor component={Link} size="xs" to={withParams(`/pools/${pool.id}/edit`, { step: 'models' })}>
          Change models
        </Anchor>
      }
    >
      <Text c="dimmed" size="xs" mb={4}>
        {pool.allowedModels === null
          ? ids.length === 0
            ? 'All models are allowed; the upstreams have named none yet.'
            : `All models are allowed. Its upstreams name ${formatNoun(ids.length, 'model')}:`
          : `Only ${ids.length === 1 ? 'this one is' : 'these are'} allowed:`}
      </Text>
      <div className={classes['chips']}>
        {shown.map((id) => (
          <span key={id} className={classes['chip']}>
            {id}
            {unserved.has(id) && pool.allowedModels !== null && ' (not served now)'}
          </span>
        ))}
        {ids.length > SHOWN && (
          <Anchor component="button" size="xs" onClick={() => setWhole(!isWhole)}>
            {isWhole ? 'Show fewer' : `Show ${ids.length - SHOWN} more`}
          </Anchor>
        )}
      </div>
      {pool.aliases.length > 0 && <Aliases pool={pool} />}
    </DetailPart>
  )
}

function Aliases({ pool }: { readonly pool: Pool }) {
  return (
    <SmallTable label="Aliases" heads={['Alias', 'Served by the model']}>
      {pool.aliases.map(({ alias, model }) => (
        <tr key={alias}>
          <td>
            <code>{alias}</code>
          </td>
          <td>
            <code>{model}</code>
          </td>
        </tr>
      ))}
    </SmallTable>
  )
}
