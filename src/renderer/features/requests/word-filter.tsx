import { CloseButton, TextInput } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { costOfText, costText } from './filter-state.ts'

const TYPING_MS = 300

/** What is wrong with a text of this kind, null where nothing is; and the same text as the address gives it back. */
const kinds = {
  text: { inputMode: 'text', problem: () => null, written: (text: string) => text },
  /** Only digits: a number without sign or fraction. */
  whole: {
    inputMode: 'numeric',
    problem: (text: string) => (/^\d{1,15}$/.test(text) ? null : 'A whole number'),
    written: (text: string) => text,
  },
  usd: {
    inputMode: 'decimal',
    problem: (text: string) => (costOfText(text) === null ? 'Dollars, like 0.05' : null),
    written: (text: string) => costText(costOfText(text) ?? 0),
  },
} as const

export interface WordFilterProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly kind?: keyof typeof kinds
  readonly width?: number
}

/** A filter that is typed. Tells its value when the typing rests; what it cannot use it says and does not tell. */
export function WordFilter({ label, value, onChange, kind = 'text', width = 150 }: WordFilterProps) {
  const { inputMode, problem, written } = kinds[kind]
  const [typed, setTyped] = useState(value)
  const told = useRef(value)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    if (value === told.current) return
    told.current = value
    setTyped(value)
  }, [value])
  useEffect(() => () => clearTimeout(timer.current), [])

  function tell(next: string, waitMs: number): void {
    setTyped(next)
    clearTimeout(timer.current)
    if (next !== '' && problem(next) !== null) return
    timer.current = setTimeout(() => {
      // Its own words come back otherwise written, and must not replace what is being typed.
      told.current = next === '' ? '' : written(next)
      onChange(next)
    }, waitMs)
  }

  return (
    <TextInput
      w={width}
      aria-label={label}
      placeholder={label}
      autoComplete="off"
      spellCheck={false}
      inputMode={inputMode}
      value={typed}
      maxLength={100}
      error={typed === '' ? null : problem(typed)}
      rightSection={
        typed === '' ? null : <CloseButton size="xs" aria-label={`Clear ${label}`} onClick={() => tell('', 0)} />
      }
      onChange={(event) => tell(event.currentTarget.value.trim(), TYPING_MS)}
    />
  )
}
