import { Autocomplete, Group, Radio, Select, Stack, Text, Title } from '@mantine/core'
import { useRoute } from '../../lib/api.ts'
import { efforts } from './key-form.ts'
import type { StepProps } from './step-props.ts'
import { ModelPicker } from './model-picker.tsx'
import { UpstreamPicker } from './upstream-picker.tsx'
import classes from './keys.module.css'

const tiers = ['auto', 'default', 'flex', 'priority']
const modes = [
  { value: 'all', label: 'All that the Pool serves', hint: 'Models that come later are included.' },
  { value: 'selected', label: 'Only these', hint: 'A request for any other model is refused.' },
  { value: 'none', label: 'None', hint: 'Every request for a model is refused.' },
] as const

export function ModelsStep(props: StepProps) {
  const { form, change, errorOf } = props
  const catalog = useRoute('model.catalog', {})
  return (
    <Stack gap="md" maw={760}>
      <Radio.Group
        label="Models that it may ask for"
        value={form.modelMode}
        onChange={(next) => {
          const mode = modes.find(({ value }) => value === next)
          if (mode !== undefined) change({ modelMode: mode.value })
        }}
      >
        <Stack gap={6} mt={6}>
          {modes.map(({ value, label, hint }) => (
            <Radio key={value} value={value} label={label} description={hint} />
          ))}
        </Stack>
      </Radio.Group>
      {form.modelMode === 'selected' && (
        <ModelPicker
          id="key-models"
          catalog={catalog}
          poolId={form.poolId}
          value={form.models}
          error={errorOf('key-models')}
          onChange={(models) => change({ models })}
        />
      )}
      <Enforced {...props} ids={catalog.data?.filter(({ poolIds }) => poolIds.includes(form.poolId)) ?? []} />
      <UpstreamPicker {...props} />
    </Stack>
  )
}

function Enforced({ form, change, errorOf, onLeave, ids }: StepProps & { readonly ids: readonly { id: string }[] }) {
  return (
    <section className={classes['section']} aria-labelledby="key-enforced">
      <Title order={3} id="key-enforced">
        Always send
      </Title>
      <Text c="dimmed" mb="xs">
        Stands in place of what the client asks for. Empty: as the client asks.
      </Text>
      <Group gap="sm" align="flex-start">
        <Autocomplete
          id="key-enforced-model"
          label="Model"
          w={280}
          limit={50}
          clearable
          clearButtonProps={{ 'aria-label': 'Clear the model' }}
          placeholder="As the client asks"
          data={ids.map(({ id }) => id)}
          value={form.enforcedModel}
          error={errorOf('key-enforced-model')}
          onBlur={() => onLeave('key-enforced-model')}
          onChange={(enforcedModel) => change({ enforcedModel })}
        />
        <Select
          id="key-effort"
          label="Reasoning effort"
          w={180}
          clearable
          clearButtonProps={{ 'aria-label': 'Clear the effort' }}
          placeholder="As the client asks"
          data={[...efforts]}
          value={form.effort}
          error={errorOf('key-effort')}
          onChange={(next) => change({ effort: efforts.find((each) => each === next) ?? null })}
        />
        <Autocomplete
          id="key-tier"
          label="Service tier"
          w={180}
          clearable
          clearButtonProps={{ 'aria-label': 'Clear the service tier' }}
          placeholder="As the client asks"
          data={tiers}
          value={form.serviceTier}
          error={errorOf('key-tier')}
          onBlur={() => onLeave('key-tier')}
          onChange={(serviceTier) => change({ serviceTier })}
        />
      </Group>
    </section>
  )
}
