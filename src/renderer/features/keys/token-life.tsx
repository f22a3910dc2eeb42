/** How long a token lives, and the moment at which that ends. */
import { Group, Input, NumberInput, SegmentedControl, Text } from '@mantine/core'
import { useNow } from '../../lib/clock.ts'
import { formatTime, zoneOf } from '../../lib/format.ts'
import { lifeChoices, lifeSeconds, lifeUnits, type Life } from './token-form.ts'

export interface TokenLifeProps {
  readonly life: Life
  /** When the key expires, epoch ms; null for never. */
  readonly keyEnd: number | null
  readonly onChange: (life: Life) => void
  readonly error: string | null
}

export function TokenLife({ life, keyEnd, onChange, error }: TokenLifeProps) {
  const isCustom = life.choice === 'custom'
  return (
    <div>
      <Input.Wrapper label="Lifetime" labelElement="div">
        <Group gap="xs" mt={4} align="flex-start">
          <SegmentedControl
            aria-label="Lifetime"
            value={life.choice}
            data={lifeChoices.map(({ value, label }) => ({ value, label }))}
            onChange={(next) => {
              const found = lifeChoices.find(({ value }) => value === next)
              if (found !== undefined) onChange({ ...life, choice: found.value })
            }}
          />
          {isCustom && <Custom life={life} onChange={onChange} error={error} />}
        </Group>
      </Input.Wrapper>
      <Ends seconds={lifeSeconds(life)} keyEnd={keyEnd} />
    </div>
  )
}

function Custom({ life, onChange, error }: Omit<TokenLifeProps, 'keyEnd'>) {
  return (
    <>
      <NumberInput
        id="token-life"
        aria-label="How long"
        w={190}
        min={1}
        allowDecimal={false}
        allowNegative={false}
        clampBehavior="none"
        value={life.amount}
        error={error}
        onChange={(amount) => onChange({ ...life, amount })}
      />
      <SegmentedControl
        aria-label="Unit"
        value={life.unit}
        data={lifeUnits.map(({ value, label }) => ({ value, label }))}
        onChange={(next) => {
          const found = lifeUnits.find(({ value }) => value === next)
          if (found !== undefined) onChange({ ...life, unit: found.value })
        }}
      />
    </>
  )
}

interface EndsProps {
  /** Null while what is typed is no span. */
  readonly seconds: number | null
  readonly keyEnd: number | null
}

function Ends({ seconds, keyEnd }: EndsProps) {
  const now = useNow()
  if (seconds === null) return null
  const end = now + seconds * 1_000
  const isKeyFirst = keyEnd !== null && keyEnd < end
  return (
    <>
      <Text size="xs" c="dimmed" mt={4}>
        {`Made now, it ends ${whenOf(end)}. Nothing extends it.`}
      </Text>
      {isKeyFirst && (
        <Text size="xs" c="var(--tone-warn)">
          {`The key expires before that, ${whenOf(keyEnd)}, and the token ends with it.`}
        </Text>
      )}
    </>
  )
}

function whenOf(at: number): string {
  return `${formatTime(at, { seconds: false })}, ${zoneOf(at)}`
}
