import { CloseButton, TextInput } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'

const TYPING_MS = 300

export interface WordFilterProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  /** Only digits: a number without sign or fraction. */
  readonly isNumber?: boolean
  readonly width?: number
}

/** A filter that is typed. Tells its value when the typing rests; what it cannot use it says and does not tell. */
export function WordFilter({ label, value, onChange, isNumber = false, width = 150 }: WordFilterProps) {
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
    if (isNumber && next !== '' && !isWhole(next)) return
    timer.current = setTimeout(() => {
      told.current = next
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
      inputMode={isNumber ? 'numeric' : 'text'}
      value={typed}
      maxLength={100}
      error={isNumber && typed !== '' && !isWhole(typed) ? 'A whole number' : null}
      rightSection={
        typed === '' ? null : <CloseButton size="xs" aria-label={`Clear ${label}`} onClick={() => tell('', 0)} />
      }
      onChange={(event) => tell(event.currentTarget.value.trim(), TYPING_MS)}
    />
  )
}

function isWhole(text: string): boolean {
  return /^\d{1,15}$/.test(text)
}
