import { Tooltip } from '@mantine/core'
import type { PriceSource } from '../../../shared/models/price.ts'
import { Tag, type Tone } from '../../components/status-badge.tsx'
import { sourceWords } from './price-rows.ts'

const looks: Readonly<Record<PriceSource, { readonly tone: Tone; readonly hint: string }>> = {
  bundled: { tone: 'muted', hint: 'Came with this Weir.' },
  import: { tone: 'info', hint: 'From a list that you imported.' },
  operator: { tone: 'ok', hint: 'Set by you.' },
}

export function SourceBadge({ source }: { readonly source: PriceSource }) {
  const { tone, hint } = looks[source]
  return (
    <Tooltip label={hint}>
      <span>
        <Tag tone={tone}>{sourceWords[source]}</Tag>
      </span>
    </Tooltip>
  )
}
