import { Radio, Stack, Text } from '@mantine/core'
import { formatShare } from '../../lib/format.ts'
import { routingOrder } from './routing-order.ts'
import { strategyWords } from './pool-rows.ts'
import type { StepProps } from './step-props.ts'
import classes from './wizard.module.css'

export function RoutingStep({ form, change, upstreams }: StepProps) {
  return (
    <Stack gap="md" maw={640}>
      <Radio.Group
        label="Strategy"
        value={form.strategy}
        onChange={(next) => {
          if (next === 'priority') change({ strategy: next })
        }}
      >
        <Stack gap="xs" mt={6}>
          <Radio
            value="priority"
            label={strategyWords.priority}
            description="The upstreams with the lowest priority number are tried first; those of equal priority share the requests by weight. When one fails before it answered, the next in line gets the request."
          />
        </Stack>
      </Radio.Group>
      <div>
        <Text fw={550}>The order it comes to</Text>
        <Order form={form} upstreams={upstreams} />
      </div>
      <Text c="dimmed" size="xs">
        An upstream that failed a moment ago stands behind all others until it has rested. One that cannot serve the
        model that is asked for, is paused, or needs a sign-in is left out; each request in the log says which and why.
      </Text>
    </Stack>
  )
}

function Order({ form, upstreams }: Pick<StepProps, 'form' | 'upstreams'>) {
  const order = routingOrder(form.members)
  if (order.length === 0) {
    return <Text c="dimmed">Nothing yet: upstreams are chosen in the next step, with their priority and weight.</Text>
  }
  const nameOf = (id: string) => upstreams.find((upstream) => upstream.id === id)?.name ?? id
  return (
    <ol className={classes['order']}>
      {order.map(({ priority, members }) => (
        <li key={priority}>
          {members
            .map(({ upstreamId, share, weight }) => {
              const part =
                members.length === 1 ? '' : weight === 0 ? ' (only when no other is left)' : ` (${formatShare(share)})`
              return `${nameOf(upstreamId)}${part}`
            })
            .join(', ')}
          <span className={classes['dimmed']}>{` priority ${priority}`}</span>
        </li>
      ))}
    </ol>
  )
}
