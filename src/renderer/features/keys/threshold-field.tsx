/** At which shares of each budget an alert is made: chips that are removed, and a field that adds one. */
import { Button, Group, Input, Text, TextInput } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useId, useRef, useState } from 'react'
import classes from './limits.module.css'
import { addThreshold, defaultThresholds, isDefault } from './threshold-form.ts'

export interface ThresholdFieldProps {
  readonly id: string
  readonly thresholds: readonly number[]
  /** Without one there is nothing to be told of. */
  readonly hasBudget: boolean
  readonly error: string | null
  readonly onChange: (thresholds: readonly number[]) => void
}

export function ThresholdField(props: ThresholdFieldProps) {
  if (props.hasBudget) return <Chips {...props} />
  return (
    <Text size="xs" c="dimmed">
      With a budget, you are told when shares of it are used up.
    </Text>
  )
}

function Chips({ id, thresholds, error, onChange }: ThresholdFieldProps) {
  const [typed, setTyped] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const field = useRef<HTMLInputElement>(null)
  const labelId = useId()

  function add(): void {
    const added = addThreshold(thresholds, typed)
    if ('problem' in added) return setProblem(added.problem)
    setTyped('')
    setProblem(null)
    onChange(added.thresholds)
  }

  /** The chip that had the focus is gone then. */
  function change(next: readonly number[]): void {
    setProblem(null)
    onChange(next)
    field.current?.focus()
  }

  return (
    <Input.Wrapper
      className={classes['section'] ?? ''}
      label="Alert when a budget is used up to"
      labelElement="div"
      labelProps={{ id: labelId }}
      description="Each is told once per budget and period. None: no alerts for this key."
      error={error}
    >
      <Group gap="xs" mt={6} align="flex-start" role="group" aria-labelledby={labelId}>
        {thresholds.map((percent) => (
          <Button
            key={percent}
            variant="default"
            aria-label={`Remove ${percent} %`}
            rightSection={<IconX size={12} aria-hidden />}
            onClick={() => change(thresholds.filter((each) => each !== percent))}
          >
            {`${percent} %`}
          </Button>
        ))}
        {thresholds.length === 0 && <Text className={classes['noAlerts'] ?? ''}>No alerts</Text>}
        <TextInput
          ref={field}
          id={id}
          w={190}
          aria-label="Another share, percent"
          placeholder="1 to 100"
          inputMode="numeric"
          autoComplete="off"
          rightSection="%"
          value={typed}
          error={problem}
          onChange={(event) => {
            setTyped(event.currentTarget.value)
            setProblem(null)
          }}
          onBlur={() => {
            if (typed.trim() !== '') add()
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.nativeEvent.isComposing || typed.trim() === '') return
            // Not the step: the share that is being typed.
            event.preventDefault()
            add()
          }}
        />
        <Button
          variant="default"
          leftSection={<IconPlus size={13} aria-hidden />}
          disabled={typed.trim() === ''}
          onClick={add}
        >
          Add
        </Button>
        {!isDefault(thresholds) && (
          <Button variant="subtle" onClick={() => change(defaultThresholds)}>
            {`Back to ${defaultThresholds.join(', ')} %`}
          </Button>
        )}
      </Group>
    </Input.Wrapper>
  )
}
