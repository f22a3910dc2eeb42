import { Group, Select, Text, TextInput } from '@mantine/core'
import { useNow } from '../../lib/clock.ts'
import { formatTime, zoneOf } from '../../lib/format.ts'
import { chooseExpiry, expiryProblem, typeExpiry, type Expiry, type ExpiryChoice } from './expiry.ts'

export interface ExpiryFieldProps {
  readonly id: string
  readonly value: Expiry
  readonly onChange: (value: Expiry) => void
  /** The expiry that can be kept; null where there is none. */
  readonly kept?: number | null
  readonly error?: string | null
}

const choices: readonly { readonly value: ExpiryChoice; readonly label: string }[] = [
  { value: 'never', label: 'Never' },
  { value: '24h', label: 'In 24 hours' },
  { value: '7d', label: 'In 7 days' },
  { value: '30d', label: 'In 30 days' },
  { value: '90d', label: 'In 90 days' },
  { value: '1y', label: 'In a year' },
  { value: 'custom', label: 'At a time of your choice' },
]

export function ExpiryField({ id, value, onChange, kept = null, error = null }: ExpiryFieldProps) {
  const now = useNow()
  const problem = error ?? (value.choice === 'custom' && value.typed !== '' ? expiryProblem(value, now) : null)
  const keep =
    kept === null ? [] : [{ value: 'keep' as const, label: `As it is: ${formatTime(kept, { seconds: false })}` }]
  return (
    <div>
      <Group gap="xs" align="flex-start">
        <Select
          id={value.choice === 'custom' ? undefined : id}
          label="Expires"
          description="It is refused from then on."
          w={230}
          allowDeselect={false}
          data={[...keep, ...choices]}
          value={value.choice}
          error={value.choice === 'custom' ? null : problem}
          onChange={(choice) => {
            if (choice !== null) onChange(chooseExpiry(choice as ExpiryChoice, value, kept, Date.now()))
          }}
        />
        {value.choice === 'custom' && (
          <TextInput
            id={id}
            type="datetime-local"
            label="Date and time"
            description="By the clock of this machine."
            w={230}
            error={problem}
            value={value.typed}
            onChange={(event) => onChange(typeExpiry(event.currentTarget.value))}
          />
        )}
      </Group>
      {value.at !== null && (
        <Text size="xs" c="dimmed" mt={4}>
          {`${formatTime(value.at, { seconds: false })}, ${zoneOf(value.at)}`}
        </Text>
      )}
    </div>
  )
}
