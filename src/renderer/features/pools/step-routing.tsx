/** How the upstreams of the Pool are chosen, how many requests it takes at once, and where it falls back to. */
import { Radio, Stack, Text } from '@mantine/core'
import { strategies, strategyTable } from '../../lib/strategy-words.ts'
import { OrderView } from './order-view.tsx'
import { ReplayStep } from './replay-step.tsx'
import { RoutingFields } from './routing-fields.tsx'
import { RoutingSummary } from './routing-summary.tsx'
import type { StepProps } from './step-props.ts'
import classes from './routing.module.css'

export function RoutingStep(props: StepProps) {
  const { form, upstreams } = props
  return (
    <Stack gap="md" maw={860}>
      <StrategyCards {...props} />
      <section aria-labelledby="pool-order">
        <Text fw={550} id="pool-order">
          The order that follows
        </Text>
        <OrderView strategy={form.strategy} members={form.members} upstreams={upstreams} />
        <Text c="dimmed" size="xs" mt={4}>
          An upstream that failed a moment ago stands behind all others until it has rested. One that cannot serve the
          model that is asked for, is paused, or needs a sign-in is left out; each request in the log says which and
          why.
        </Text>
      </section>
      <RoutingFields {...props} />
      <RoutingSummary {...props} />
      <ReplayStep {...props} />
    </Stack>
  )
}

function StrategyCards({ form, change }: StepProps) {
  return (
    <Radio.Group
      label="Strategy"
      description="Who comes first among upstreams of equal priority. A lower priority number comes first in any case."
      value={form.strategy}
      onChange={(next) => {
        const found = strategies.find((each) => each === next)
        if (found !== undefined) change({ strategy: found })
      }}
    >
      <div className={classes['choices']}>
        {strategies.map((each) => {
          const { name, does, when } = strategyTable[each]
          return (
            <Radio
              key={each}
              value={each}
              className={classes['choice'] ?? ''}
              classNames={{ inner: classes['choiceDot'] ?? '' }}
              label={name}
              description={
                <>
                  {does} <span className={classes['when']}>{when}</span>
                </>
              }
            />
          )
        })}
      </div>
    </Radio.Group>
  )
}
