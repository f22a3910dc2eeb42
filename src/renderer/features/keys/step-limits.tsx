/** What a key may use up: its own limits, those for single models, and what a budget does with unknown prices. */
import { Radio, Stack, Text } from '@mantine/core'
import { useRoute } from '../../lib/api.ts'
import { LimitFields } from './limit-fields.tsx'
import { hasBudget, limitFieldId } from './limit-form.ts'
import { OverrideList } from './override-list.tsx'
import { ThresholdField } from './threshold-field.tsx'
import type { StepProps } from './step-props.ts'
import classes from './limits.module.css'

const unpriced = [
  { value: 'refuse', label: 'Refuse', hint: 'A request for a model without a price is refused.' },
  { value: 'warn', label: 'Warn', hint: 'It is served, costs the budget nothing, and the answer’s head says so.' },
  { value: 'free', label: 'Free', hint: 'It is served and costs the budget nothing.' },
] as const

export function LimitsStep({ form, change, errorOf, onLeave }: StepProps) {
  const catalog = useRoute('model.catalog', {})
  const models = catalog.data?.filter(({ poolIds }) => poolIds.includes(form.poolId)).map(({ id }) => id) ?? []
  return (
    <Stack gap="md" maw={860}>
      <div>
        <Text c="dimmed" mb="xs">
          Blank is no cap, 0 denies all; 1k, 1.5M and 1_000_000 are read too. Minutes and hours slide; days, weeks (from
          Monday) and months are those of your time zone.
        </Text>
        <LimitFields
          label="Limits of the key"
          texts={form.limits}
          idOf={limitFieldId}
          onChange={(limits) => change({ limits })}
          errorOf={errorOf}
          onLeave={onLeave}
        />
      </div>
      {hasBudget(form.limits, form.overrides) && (
        <Radio.Group
          id="key-unpriced"
          className={classes['section'] ?? ''}
          label="With a budget, models without a price"
          value={form.unpriced}
          error={errorOf('key-unpriced')}
          onChange={(next) => {
            const found = unpriced.find(({ value }) => value === next)
            if (found !== undefined) change({ unpriced: found.value })
          }}
        >
          <Stack gap={6} mt={6}>
            {unpriced.map(({ value, label, hint }) => (
              <Radio key={value} value={value} label={label} description={hint} />
            ))}
          </Stack>
        </Radio.Group>
      )}
      <ThresholdField
        id="key-thresholds"
        thresholds={form.thresholds}
        hasBudget={hasBudget(form.limits, form.overrides)}
        error={errorOf('key-thresholds')}
        onChange={(thresholds) => change({ thresholds })}
      />
      <OverrideList
        rows={form.overrides}
        models={models}
        onChange={(overrides) => change({ overrides })}
        errorOf={errorOf}
        onLeave={onLeave}
      />
    </Stack>
  )
}
