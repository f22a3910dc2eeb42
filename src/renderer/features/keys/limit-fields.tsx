/** The limits of a key, or of one of its rows for a model, as a small table of fields: a group per line. */
import { Text, TextInput } from '@mantine/core'
import { Tag } from '../../components/status-badge.tsx'
import type { LimitField } from '../../../shared/models/limit.ts'
import {
  limitGroups,
  limitValue,
  writeLimit,
  type LimitFieldId,
  type LimitGroup,
  type LimitTexts,
} from './limit-form.ts'
import { limitNames } from './limit-words.ts'
import classes from './limits.module.css'

export interface LimitFieldsProps {
  /** Names the whole: "Limits of the key". */
  readonly label: string
  readonly texts: LimitTexts
  readonly idOf: (field: LimitField) => LimitFieldId
  readonly onChange: (texts: LimitTexts) => void
  readonly errorOf: (id: LimitFieldId) => string | null
  readonly onLeave: (id: LimitFieldId) => void
  /** All of them unless given. */
  readonly groups?: readonly LimitGroup[]
  /** What blank means. */
  readonly blank?: string
}

export function LimitFields(props: LimitFieldsProps) {
  return (
    <div role="group" aria-label={props.label}>
      {(props.groups ?? limitGroups).map(({ title, fields }) => (
        <div key={title} role="group" aria-label={title} className={classes['group']}>
          <Text fw={550} className={classes['title'] ?? ''}>
            {title}
          </Text>
          {fields.map((field) => (
            <LimitInput key={field} field={field} {...props} />
          ))}
        </div>
      ))}
    </div>
  )
}

function LimitInput({
  field,
  texts,
  idOf,
  onChange,
  errorOf,
  onLeave,
  blank = 'no cap',
}: LimitFieldsProps & { readonly field: LimitField }) {
  const { unit, short, long } = limitNames[field]
  const id = idOf(field)
  const value = limitValue(field, texts[field])

  function leave(): void {
    // Said back in full, so that a slip of `1m` for `1k` is seen.
    const written = value === null ? texts[field].trim() : writeLimit(field, value)
    if (written !== texts[field]) onChange({ ...texts, [field]: written })
    onLeave(id)
  }

  return (
    <TextInput
      id={id}
      label={short}
      aria-label={long}
      placeholder={blank}
      autoComplete="off"
      spellCheck={false}
      value={texts[field]}
      error={errorOf(id)}
      onBlur={leave}
      onChange={(event) => onChange({ ...texts, [field]: event.currentTarget.value })}
      {...(unit === 'usd' ? { leftSection: '$', leftSectionWidth: 22 } : {})}
      {...(value === 0
        ? { 'aria-description': 'denies all', rightSection: <Tag tone="bad">denies all</Tag>, rightSectionWidth: 86 }
        : {})}
    />
  )
}
