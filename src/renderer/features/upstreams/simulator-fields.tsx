/** How the simulator is to behave. Only fields that mean something for the chosen fault are shown. */
import { NumberInput, Select, SimpleGrid, Switch, TagsInput, Text } from '@mantine/core'
import { EditorSection } from './editor-section.tsx'
import {
  behaviourId,
  behaviourOf,
  behaviourProblems,
  behaviourSentence,
  defaultBehaviour,
  faults,
  faultWords,
  fieldsOf,
  modelsProblem,
  numberProblem,
  numberSpecs,
  type BehaviourForm,
  type NumberField,
} from './simulator-form.ts'

export interface SimulatorFieldsProps {
  readonly form: BehaviourForm
  readonly onChange: (patch: Partial<BehaviourForm>) => void
  readonly refusals?: Readonly<Record<string, string>>
}

export function SimulatorFields({ form, onChange, refusals }: SimulatorFieldsProps) {
  const field = (name: NumberField) => (
    <BehaviourNumber key={name} name={name} form={form} onChange={onChange} refused={refusals?.[behaviourId(name)]} />
  )
  return (
    <EditorSection title="Behaviour">
      <Text size="xs" c="dimmed" aria-live="polite">
        {behaviourProblems(form).length === 0
          ? behaviourSentence(behaviourOf(form, defaultBehaviour))
          : 'Correct the marked fields to see what it comes to.'}
      </Text>
      <SimpleGrid cols={{ base: 2, sm: 3 }} spacing="xs">
        {(['latencyMs', 'chunkDelayMs', 'words'] as const).map(field)}
      </SimpleGrid>
      <SimpleGrid cols={{ base: 2, sm: 3 }} spacing="xs">
        <Select
          id={behaviourId('fault')}
          label="Fault"
          allowDeselect={false}
          value={form.fault}
          onChange={(next) => onChange({ fault: faults.find((fault) => fault === next) ?? 'none' })}
          data={faults.map((value) => ({ value, label: faultWords[value] }))}
        />
        {fieldsOf(form.fault).map(field)}
      </SimpleGrid>
      <TagsInput
        id={behaviourId('models')}
        label="Models it lists"
        placeholder={form.models.length === 0 ? 'None: it answers to any id' : ''}
        clearable
        clearButtonProps={{ 'aria-label': 'Remove all models' }}
        splitChars={[',', ' ']}
        value={[...form.models]}
        onChange={(models) => onChange({ models })}
        error={modelsProblem(form.models) ?? refusals?.[behaviourId('models')]}
      />
      <Switch
        label="Send rate limit headers"
        description="With plausible figures, so that quota windows can be seen."
        checked={form.rateLimitHeaders}
        onChange={(event) => onChange({ rateLimitHeaders: event.currentTarget.checked })}
      />
    </EditorSection>
  )
}

interface BehaviourNumberProps {
  readonly name: NumberField
  readonly form: BehaviourForm
  readonly onChange: (patch: Partial<BehaviourForm>) => void
  readonly refused: string | undefined
}

function BehaviourNumber({ name, form, onChange, refused }: BehaviourNumberProps) {
  const { label, min, max, unit, hint } = numberSpecs[name]
  return (
    <NumberInput
      id={behaviourId(name)}
      label={unit === undefined ? label : `${label}, ${unit}`}
      {...(hint === undefined ? {} : { description: hint })}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      allowDecimal={false}
      allowNegative={false}
      clampBehavior="none"
      thousandSeparator=","
      min={min}
      max={max}
      value={form[name]}
      error={numberProblem(name, form[name]) ?? refused}
      onChange={(value) => onChange({ [name]: value })}
    />
  )
}
