/** How much of a key's input the provider had in its cache, by model: what is cached costs a part, and uses less quota. */
import { DataTable } from '../../components/data-table.tsx'
import { LoadingState, QueryState } from '../../components/states.tsx'
import type { Column } from '../../components/table-model.ts'
import type { StatsPoint } from '../../../shared/models/stats.ts'
import { cachedShare } from '../../lib/cached-share.ts'
import { formatCompact, formatShare } from '../../lib/format.ts'
import type { Range } from './key-rows.ts'
import { useModelSums } from './queries.ts'

const columns: readonly Column<StatsPoint>[] = [
  { id: 'model', header: 'Model', cell: ({ group }) => (group === '' ? 'No model' : group) },
  { id: 'input', header: 'Input tokens', align: 'right', cell: ({ input }) => formatCompact(input) },
  { id: 'cached', header: 'Cached', align: 'right', cell: (sums) => formatShare(cachedShare(sums)) },
]

export function CachedModels({ id, range }: { readonly id: string; readonly range: Range }) {
  const query = useModelSums(id, range)
  return (
    <QueryState query={query} what="The cached input" loading={<LoadingState rows={2} />}>
      {(points) => {
        const rows = points.filter(({ input }) => input > 0).toSorted((a, b) => b.input - a.input)
        if (rows.length === 0) return null
        return (
          <DataTable
            label="Cached input by model"
            columns={columns}
            rows={rows}
            rowKey={({ group }) => group}
            maxHeight="10rem"
          />
        )
      }}
    </QueryState>
  )
}
