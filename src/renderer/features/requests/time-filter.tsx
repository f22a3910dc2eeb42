/** From when until when: a range that ends now, or fixed times in the zone of this machine. */
import { Button, Group, Popover, Stack, Text, TextInput } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useState } from 'react'
import { formatTime, zoneOf } from '../../lib/format.ts'
import { rangeNames, ranges, type FilterState } from './filter-state.ts'
import classes from './filters.module.css'

type Times = Pick<FilterState, 'last' | 'from' | 'to'>

export interface TimeFilterProps {
  readonly times: Times
  readonly onChange: (times: Times) => void
}

export function TimeFilter({ times, onChange }: TimeFilterProps) {
  const [opened, setOpened] = useState(false)
  const choose = (next: Times) => {
    onChange(next)
    setOpened(false)
  }
  const isSet = times.last !== null || times.from !== null || times.to !== null
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="md" trapFocus returnFocus width={330}>
      <Popover.Target>
        <Button
          variant="default"
          className={classes['choice'] ?? ''}
          maw={340}
          data-set={isSet}
          rightSection={<IconChevronDown size={12} aria-hidden />}
          onClick={() => setOpened((before) => !before)}
        >
          <span className={classes['label']}>Time{isSet && <b>{`: ${timeWords(times)}`}</b>}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Time">
        <Stack gap="sm">
          <div className={classes['presets']}>
            <Button
              variant={isSet ? 'default' : 'light'}
              onClick={() => choose({ last: null, from: null, to: null })}
              aria-pressed={!isSet}
            >
              Any time
            </Button>
            {rangeNames.map((name) => (
              <Button
                key={name}
                variant={times.last === name ? 'light' : 'default'}
                aria-pressed={times.last === name}
                onClick={() => choose({ last: name, from: null, to: null })}
              >
                {ranges[name].label}
              </Button>
            ))}
          </div>
          <FixedTimes times={times} onChange={choose} />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}

function timeWords({ last, from, to }: Times): string {
  if (last !== null) return ranges[last].label.toLowerCase()
  const short = (at: number) => formatTime(at).slice(5)
  if (from !== null && to !== null) return `${short(from)} to ${short(to)}`
  return from === null ? `until ${short(to ?? 0)}` : `since ${short(from)}`
}

function FixedTimes({ times, onChange }: TimeFilterProps) {
  const [from, setFrom] = useState(written(times.from))
  const [to, setTo] = useState(written(times.to))
  const [fromAt, toAt] = [readTime(from), readTime(to)]
  const error = fromAt !== null && toAt !== null && toAt <= fromAt ? 'Must be after the start' : null
  const reason =
    error !== null
      ? 'The end is not after the start.'
      : fromAt === null && toAt === null
        ? 'Give a start, an end or both.'
        : null
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (reason === null) onChange({ last: null, from: fromAt, to: toAt })
      }}
    >
      <Stack gap="xs">
        <TextInput
          type="datetime-local"
          step={1}
          label="From"
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <TextInput
          type="datetime-local"
          step={1}
          label="Until"
          error={error}
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        <Group justify="space-between" wrap="nowrap">
          <Text size="xs" c="dimmed" id="time-reason">
            {reason ?? zoneOf(fromAt ?? toAt ?? 0)}
          </Text>
          <Button type="submit" disabled={reason !== null} aria-describedby="time-reason">
            Apply
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function written(at: number | null): string {
  return at === null ? '' : formatTime(at).replace(' ', 'T')
}

function readTime(text: string): number | null {
  const at = text === '' ? Number.NaN : new Date(text).getTime()
  return Number.isNaN(at) || at < 0 ? null : at
}
