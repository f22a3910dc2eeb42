/** A filter with several values, as one small button: what is chosen stands on it, the list is searched as one types. */
import { Button, Combobox, Text, useCombobox } from '@mantine/core'
import { IconCheck, IconChevronDown } from '@tabler/icons-react'
import { useState } from 'react'
import classes from './filters.module.css'
import type { Choice } from './queries.ts'

export interface ChoiceFilterProps {
  /** "State". */
  readonly label: string
  readonly values: readonly string[]
  readonly choices: readonly Choice[]
  readonly onChange: (values: string[]) => void
  /** A word that is not in the list may be typed. */
  readonly isOpenList?: boolean
  readonly width?: number | string
}

const SHOWN = 60

export function ChoiceFilter({ label, values, choices, onChange, isOpenList = false, width }: ChoiceFilterProps) {
  const [search, setSearch] = useState('')
  const box = useCombobox({
    onDropdownClose: () => {
      box.resetSelectedOption()
      setSearch('')
    },
    onDropdownOpen: () => box.focusSearchInput(),
  })
  const wanted = search.trim()
  // There may be hundreds, in a list that is closed most of the time.
  const listed = box.dropdownOpened ? choices : []
  const fits = listed.filter(({ label: text, hint = '', value }) => {
    return `${text} ${hint} ${value}`.toLowerCase().includes(wanted.toLowerCase())
  })
  const canAdd = isOpenList && wanted !== '' && wanted.length <= 100 && !choices.some(({ value }) => value === wanted)
  const nameOf = (value: string) => choices.find((choice) => choice.value === value)?.label ?? value
  const [first] = values

  return (
    <Combobox
      store={box}
      width={280}
      position="bottom-start"
      onOptionSubmit={(value) => {
        onChange(values.includes(value) ? values.filter((other) => other !== value) : [...values, value])
        if (!choices.some((choice) => choice.value === value)) setSearch('')
      }}
    >
      <Combobox.Target targetType="button">
        <Button
          variant="default"
          className={classes['choice'] ?? ''}
          data-set={values.length > 0}
          {...(width === undefined ? {} : { w: width })}
          rightSection={<IconChevronDown size={12} aria-hidden />}
          onClick={() => box.toggleDropdown()}
        >
          <span className={classes['label']}>
            {label}
            {first !== undefined && <b>{`: ${nameOf(first)}${values.length > 1 ? ` +${values.length - 1}` : ''}`}</b>}
          </span>
        </Button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={search}
          onChange={(event) => {
            setSearch(event.currentTarget.value)
            box.updateSelectedOptionIndex()
          }}
          aria-label={`Search: ${label}`}
          placeholder={isOpenList ? 'Search, or type another' : 'Search'}
        />
        <Combobox.Options mah={280} className={classes['options'] ?? ''} aria-label={label}>
          {canAdd && <Combobox.Option value={wanted}>{`Use “${wanted}”`}</Combobox.Option>}
          {values
            .filter((value) => !choices.some((choice) => choice.value === value) && wanted === '')
            .map((value) => (
              <Option key={value} choice={{ value, label: value }} isChosen />
            ))}
          {fits.slice(0, SHOWN).map((choice) => (
            <Option key={choice.value} choice={choice} isChosen={values.includes(choice.value)} />
          ))}
          {fits.length === 0 && !canAdd && <Combobox.Empty>Nothing has this name</Combobox.Empty>}
          {fits.length > SHOWN && (
            <Text size="xs" c="dimmed" p={6}>{`${fits.length - SHOWN} more: type to find them`}</Text>
          )}
        </Combobox.Options>
        {values.length > 0 && (
          <Combobox.Footer>
            <Button
              fullWidth
              variant="subtle"
              size="compact-xs"
              onClick={() => {
                onChange([])
                box.closeDropdown()
              }}
            >
              {`Any ${label.toLowerCase()}`}
            </Button>
          </Combobox.Footer>
        )}
      </Combobox.Dropdown>
    </Combobox>
  )
}

function Option({ choice, isChosen }: { readonly choice: Choice; readonly isChosen: boolean }) {
  return (
    <Combobox.Option value={choice.value} active={isChosen}>
      <span className={classes['option']}>
        <IconCheck size={13} aria-hidden className={classes['tick']} data-shown={isChosen} />
        <span className={classes['label']}>{choice.label}</span>
        {choice.hint !== undefined && <span className={classes['hint']}>{choice.hint}</span>}
      </span>
    </Combobox.Option>
  )
}
