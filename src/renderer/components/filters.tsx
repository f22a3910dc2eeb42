/** The pieces of a filter bar. Their values belong in the address: see lib/url-state.ts. */
import { Button, CloseButton, Group, Kbd, Select, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useEffect, useRef, useState, type ReactNode } from 'react'

const TYPING_MS = 150

export interface SearchInputProps {
  readonly value: string
  readonly onChange: (value: string) => void
  /** What is searched: "Search by name or prefix". */
  readonly label: string
  readonly width?: number
  /** `/` brings the focus here: one per page. False for a list in a drawer. */
  readonly isPageSearch?: boolean
}

/** Tells its value when the typing rests. */
export function SearchInput({ value, onChange, label, width = 260, isPageSearch = true }: SearchInputProps) {
  const [typed, setTyped] = useState(value)
  const told = useRef(value)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    // The address changed by other means: "back", or a filter that was cleared.
    if (value === told.current) return
    told.current = value
    setTyped(value)
  }, [value])
  useEffect(() => () => clearTimeout(timer.current), [])

  function tell(next: string, waitMs: number): void {
    setTyped(next)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      told.current = next
      onChange(next)
    }, waitMs)
  }

  return (
    <TextInput
      type="search"
      w={width}
      aria-label={label}
      placeholder={label}
      {...(isPageSearch ? { 'data-page-search': true } : {})}
      autoComplete="off"
      spellCheck={false}
      leftSection={<IconSearch size={14} aria-hidden />}
      rightSection={
        typed === '' ? (
          isPageSearch && <Kbd size="xs">/</Kbd>
        ) : (
          <CloseButton size="xs" aria-label="Clear search" onClick={() => tell('', 0)} />
        )
      }
      value={typed}
      onChange={(event) => tell(event.currentTarget.value, TYPING_MS)}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && typed !== '') tell('', 0)
      }}
    />
  )
}

export interface FilterSelectProps {
  readonly label: string
  readonly value: string | null
  readonly onChange: (value: string | null) => void
  readonly options: readonly { readonly value: string; readonly label: string }[]
  /** What null means: "Any status". */
  readonly all: string
  readonly width?: number
  readonly searchable?: boolean
}

export function FilterSelect({
  label,
  value,
  onChange,
  options,
  all,
  width = 150,
  searchable = false,
}: FilterSelectProps) {
  return (
    <Select
      w={width}
      aria-label={label}
      placeholder={all}
      clearable
      clearButtonProps={{ 'aria-label': `Clear ${label}` }}
      searchable={searchable}
      limit={100}
      data={[...options]}
      value={value}
      onChange={onChange}
    />
  )
}

export interface FilterBarProps {
  readonly children: ReactNode
  /** Whether anything is filtered: shows the button that clears it. */
  readonly isFiltered: boolean
  readonly onReset: () => void
  /** At the end: counts, view switches. */
  readonly end?: ReactNode
}

export function FilterBar({ children, isFiltered, onReset, end }: FilterBarProps) {
  return (
    <Group gap="xs" mb="sm" role="search">
      {children}
      {isFiltered && (
        <Button variant="subtle" fw={450} onClick={onReset}>
          Clear filters
        </Button>
      )}
      {end !== undefined && (
        <Group gap="xs" ml="auto">
          {end}
        </Group>
      )}
    </Group>
  )
}
