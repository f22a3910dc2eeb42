/** What the Pool may be asked for: the models it allows, what is known of them, what lists show, and its own names. */
import { Anchor, Text } from '@mantine/core'
import { Link } from 'react-router'
import { DetailPart } from '../../components/detail-part.tsx'
import { SmallTable } from '../../components/small-table.tsx'
import { QueryState } from '../../components/states.tsx'
import { invoke, useRoute } from '../../lib/api.ts'
import { formatNoun } from '../../lib/format.ts'
import { useAction } from '../../lib/use-action.tsx'
import { withParams } from '../../lib/url-state.ts'
import { withHidden, withMode, type ServingMode } from './model-form.ts'
import { modelRows, type ModelRow } from './model-rows.ts'
import { ModelTable } from './model-table.tsx'
import type { Upstream } from './pool-form.ts'
import type { Pool } from './pool-rows.ts'

export function DetailModels({ pool }: { readonly pool: Pool }) {
  const upstreams = useRoute('upstream.list', {})
  return (
    <DetailPart
      title="Models"
      isWide
      end={
        <Anchor component={Link} size="xs" to={withParams(`/pools/${pool.id}/edit`, { step: 'models' })}>
          Change models
        </Anchor>
      }
    >
      <QueryState query={upstreams} what="The models">
        {(all) => <Models pool={pool} upstreams={all} />}
      </QueryState>
    </DetailPart>
  )
}

/** Those that may be asked for: of a Pool that allows some only, these, served or not. */
function rowsOf(pool: Pool, upstreams: readonly Upstream[]): readonly ModelRow[] {
  const chosen = upstreams.filter(({ id }) =>
    pool.assignments.some((member) => member.upstreamId === id && member.enabled),
  )
  const { aliases, allowedModels, hiddenModels, servingModes } = pool
  const rows = modelRows(chosen, aliases, [
    ...(allowedModels ?? []),
    ...hiddenModels,
    ...servingModes.map(({ model }) => model),
  ])
  if (allowedModels === null) return rows
  const allowed = new Set(allowedModels)
  const leadsTo = new Map(aliases.map(({ alias, model }) => [alias, model]))
  return rows.filter(({ id }) => allowed.has(id) || allowed.has(leadsTo.get(id) ?? id))
}

function Models({ pool, upstreams }: { readonly pool: Pool; readonly upstreams: readonly Upstream[] }) {
  const rows = rowsOf(pool, upstreams)
  const saved = useSaveModels(pool)
  return (
    <>
      <Text c="dimmed" size="xs" mb={4}>
        {introOf(pool, rows)}
      </Text>
      {rows.length > 0 && (
        <ModelTable
          rows={rows}
          hidden={pool.hiddenModels}
          modes={pool.servingModes}
          isBusy={saved.isPending}
          onHide={saved.hide}
          onMode={saved.ask}
        />
      )}
      {pool.aliases.length > 0 && <Aliases pool={pool} upstreams={upstreams} />}
    </>
  )
}

function introOf({ allowedModels }: Pool, rows: readonly ModelRow[]): string {
  if (allowedModels !== null) return `Only ${rows.length === 1 ? 'this one is' : 'these are'} allowed.`
  if (rows.length === 0) return 'All models are allowed; the upstreams have named none yet.'
  return `All models are allowed. ${formatNoun(rows.length, 'model')} ${rows.length === 1 ? 'is' : 'are'} known.`
}

/** Saves at once, and offers to put it back. */
function useSaveModels(pool: Pool) {
  const { id, hiddenModels, servingModes } = pool
  const patch = { hiddenModels, servingModes }
  const undo = () => invoke('pool.update', { id, patch })
  const listing = useAction('pool.update', { success: ({ name }) => `Saved which models lists of ${name} show`, undo })
  const asking = useAction('pool.update', { success: ({ name }) => `Saved how ${name} asks its models`, undo })
  return {
    isPending: listing.isPending || asking.isPending,
    hide: (model: string, isHidden: boolean) =>
      listing.fire({ id, patch: { hiddenModels: withHidden(hiddenModels, model, isHidden) } }),
    ask: (model: string, mode: ServingMode) =>
      asking.fire({ id, patch: { servingModes: withMode(servingModes, model, mode) } }),
  }
}

function Aliases({ pool, upstreams }: { readonly pool: Pool; readonly upstreams: readonly Upstream[] }) {
  const names = new Map(upstreams.map(({ id, name }) => [id, name]))
  return (
    <SmallTable label="Aliases" heads={['Alias', 'Served by the model']}>
      {pool.aliases.map(({ alias, model, upstreams: own = [] }) => (
        <tr key={alias}>
          <td>
            <code>{alias}</code>
          </td>
          <td>
            <code>{model}</code>
            {own.map((each) => (
              <div key={each.upstreamId}>
                <code>{each.model}</code>
                {` at ${names.get(each.upstreamId) ?? 'an upstream that is gone'}`}
              </div>
            ))}
          </td>
        </tr>
      ))}
    </SmallTable>
  )
}
