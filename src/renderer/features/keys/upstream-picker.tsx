import { Checkbox, Radio, Stack, Text } from '@mantine/core'
import { StatusBadge, Tag } from '../../components/status-badge.tsx'
import { useRoute } from '../../lib/api.ts'
import type { StepProps } from './step-props.ts'
import classes from './keys.module.css'

/** Which of the Pool's upstreams may serve the key. One that left the Pool since stays listed, so that it can go. */
export function UpstreamPicker({ form, change, errorOf, pools }: StepProps) {
  const error = errorOf('key-upstreams')
  return (
    <section className={classes['section']}>
      <Radio.Group
        label="Upstreams that may serve it"
        value={form.upstreamMode}
        onChange={(next) => change({ upstreamMode: next === 'selected' ? 'selected' : 'all' })}
      >
        <Stack gap={6} mt={6}>
          <Radio value="all" label="All of the Pool" description="Also those that are assigned later." />
          <Radio value="selected" label="Only these" />
        </Stack>
      </Radio.Group>
      {form.upstreamMode === 'selected' && (
        <Checkbox.Group
          mt="xs"
          aria-label="Upstreams"
          value={[...form.upstreamIds]}
          onChange={(upstreamIds) => change({ upstreamIds })}
          error={error}
        >
          <Options ids={form.upstreamIds} pool={pools.find(({ id }) => id === form.poolId)} />
        </Checkbox.Group>
      )}
    </section>
  )
}

interface OptionsProps {
  readonly ids: readonly string[]
  readonly pool: StepProps['pools'][number] | undefined
}

function Options({ ids, pool }: OptionsProps) {
  const upstreams = useRoute('upstream.list', {}).data ?? []
  const assigned = pool?.assignments ?? []
  const gone = ids.filter((id) => !assigned.some(({ upstreamId }) => upstreamId === id))
  const all = [...assigned.map(({ upstreamId }) => upstreamId), ...gone]
  if (all.length === 0) return <Text c="dimmed">The Pool has no upstream yet.</Text>
  return (
    <div className={classes['pick']} id="key-upstreams" tabIndex={-1}>
      {all.map((id) => {
        const upstream = upstreams.find((each) => each.id === id)
        const isOff = assigned.some((member) => member.upstreamId === id && !member.enabled)
        return (
          <div key={id} className={classes['option']}>
            <Checkbox value={id} label={upstream?.name ?? id} />
            {upstream !== undefined && <Tag>{upstream.kind}</Tag>}
            {upstream !== undefined && <StatusBadge status={upstream.health.state} />}
            {isOff && <Tag tone="warn">switched off in the Pool</Tag>}
            {gone.includes(id) && <Tag tone="warn">not in the Pool</Tag>}
          </div>
        )
      })}
    </div>
  )
}
