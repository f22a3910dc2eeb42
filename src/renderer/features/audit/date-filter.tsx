/** A time that ends now, or whole days in the zone of this machine. */
import { Button, Group, Popover, Stack, Text, TextInput } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useState, type FormEvent } from 'react'
import { useNow } from '../../lib/clock.ts'
import { zoneOf } from '../../lib/format.ts'
import { daysProblem, ranges, rangeWords, type AuditFilters } from './filter-state.ts'
import classes from './audit.module.css'

type Dates = Pick<AuditFilters, 'last' | 'from' | 'to'>

export interface DateFilterProps {
  readonly dates: Dates
  readonly onChange: (dates: Dates) => void
}

export function DateFilter({ dates, onChange }: DateFilterProps) {
  const [opened, setOpened] = useState(false)
  const isSet = dates.last !== null || dates.from !== '' || dates.to !== ''
  const choose = (next: Dates) => {
    onChange(next)
    setOpened(false)
  }
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="md" trapFocus returnFocus width={300}>
      <Popover.Target>
        <Button
          variant="default"
          fw={450}
          data-set={isSet}
          rightSection={<IconChevronDown size={12} aria-hidden />}
          className={classes['choice'] ?? ''}
          onClick={() => setOpened((before) => !before)}
        >
          {isSet ? dateWords(dates) : 'Any date'}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <div className={classes['presets']}>
            <Preset isOn={!isSet} label="Any date" onClick={() => choose({ last: null, from: '', to: '' })} />
            {ranges.map((last) => (
              <Preset
                key={last}
                isOn={dates.last === last}
                label={rangeWords[last]}
                onClick={() => choose({ last, from: '', to: '' })}
              />
            ))}
          </div>
          <Days dates={dates} onChange={choose} />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}

interface PresetProps {
  readonly isOn: boolean
  readonly label: string
  readonly onClick: () => void
}

function Preset({ isOn, label, onClick }: PresetProps) {
  return (
    <Button variant={isOn ? 'light' : 'default'} aria-pressed={isOn} onClick={onClick}>
      {label}
    </Button>
  )
}

function dateWords({ last, from, to }: Dates): string {
  if (last !== null) return rangeWords[last]
  if (from !== '' && to !== '') return from === to ? from : `${from} to ${to}`
  return from === '' ? `Until ${to}` : `Since ${from}`
}

function Days({ dates, onChange }: DateFilterProps) {
  const [from, setFrom] = useState(dates.from)
  const [to, setTo] = useState(dates.to)
  const now = useNow()
  const problem = daysProblem(from, to)
  const reason = problem !== null ? 'The last day is before the first.' : from + to === '' ? 'Give a day or two.' : null
  function submit(event: FormEvent): void {
    event.preventDefault()
    if (reason === null) onChange({ last: null, from, to })
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <Group grow gap="xs" align="flex-start">
          <TextInput
            type="date"
            label="First day"
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
          />
          <TextInput
            type="date"
            label="Last day"
            error={problem}
            value={to}
            onChange={(event) => setTo(event.currentTarget.value)}
          />
        </Group>
        <Group justify="space-between" wrap="nowrap">
          <Text size="xs" c="dimmed" id="days-reason">
            {reason ?? zoneOf(now)}
          </Text>
          <Button type="submit" disabled={reason !== null} aria-describedby="days-reason">
            Apply
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
