/** One setting: what it is, its field, and what is known of it. */
import { ActionIcon, Switch, TagsInput, Text, TextInput, Tooltip, type TextInputProps } from '@mantine/core'
import { IconArrowBackUp } from '@tabler/icons-react'
import { Tag } from '../../components/status-badge.tsx'
import classes from './settings.module.css'
import type { SettingForm } from './use-setting-form.ts'
import { draftOf, rangeText, unitWord, valueText, waitsFor, type Draft, type SettingRow } from './value-text.ts'

export interface SettingFieldProps {
  readonly row: SettingRow
  readonly form: SettingForm
}

export function SettingField({ row, form }: SettingFieldProps) {
  const problem = form.problems.get(row.key) ?? null
  const isChanged = form.changes.some((change) => change.row.key === row.key) || problem !== null
  const isDefault = JSON.stringify(form.value(row.key)) === JSON.stringify(row.default) && problem === null
  return (
    <div className={classes['setting']} data-changed={isChanged} id={`setting-${row.key}`}>
      <div className={classes['words']}>
        <div className={classes['name']}>
          <label htmlFor={`field-${row.key}`}>{row.title}</label>
          <span className={classes['key']}>{row.key}</span>
          <Tags row={row} isChanged={isChanged} />
        </div>
        <Text size="xs" c="dimmed" id={`help-${row.key}`}>
          {row.help}
        </Text>
      </div>
      <div className={classes['control']}>
        <Field row={row} draft={form.draft(row)} problem={problem} onChange={(draft) => form.set(row, draft)} />
        {!isDefault && row.overriddenBy === null && (
          <Tooltip label={`Back to the default: ${valueText(row, row.default)}`}>
            <ActionIcon
              aria-label={`Reset ${row.title} to the default`}
              onClick={() => form.set(row, draftOf(row, row.default))}
            >
              <IconArrowBackUp size={15} aria-hidden />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      <Facts row={row} />
    </div>
  )
}

function Tags({ row, isChanged }: { readonly row: SettingRow; readonly isChanged: boolean }) {
  return (
    <>
      {isChanged && <Tag tone="info">Not saved</Tag>}
      {row.pendingRestart && (
        <Tag tone="warn">{`Waits for a ${waitsFor(row)}; ${valueText(row, row.active)} is in force`}</Tag>
      )}
      {row.overriddenBy !== null && <Tag tone="muted">{`Fixed by ${row.overriddenBy}`}</Tag>}
    </>
  )
}

function Facts({ row }: { readonly row: SettingRow }) {
  const range = rangeText(row)
  return (
    <div className={classes['facts']}>
      <div>
        Default {valueText(row, row.default)}
        {range !== null && ` · ${range}`}
      </div>
      <div>
        {row.affects}
        {row.restart && ' Needs a restart.'}
      </div>
    </div>
  )
}

/** What cannot be changed does not look like a field that can; why stands under it. */
function fixedLook(isFixed: boolean): {
  variant?: string
  inputWrapperOrder?: NonNullable<TextInputProps['inputWrapperOrder']>
} {
  return isFixed ? { variant: 'filled', inputWrapperOrder: ['label', 'input', 'description', 'error'] } : {}
}

interface FieldProps {
  readonly row: SettingRow
  readonly draft: Draft
  readonly problem: string | null
  readonly onChange: (draft: Draft) => void
}

function Field({ row, draft, problem, onChange }: FieldProps) {
  const isFixed = row.overriddenBy !== null
  const fixed = isFixed
    ? `Fixed by ${row.overriddenBy} for this run. Start Weir without it to change it here.`
    : undefined
  const shared = { id: `field-${row.key}`, 'aria-describedby': `help-${row.key}`, error: problem }
  const look = fixedLook(isFixed)
  if (typeof draft === 'boolean') {
    return (
      <Switch
        {...shared}
        checked={draft}
        disabled={isFixed}
        description={fixed}
        label={draft ? 'On' : 'Off'}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    )
  }
  if (typeof draft !== 'string') {
    return (
      <TagsInput
        {...shared}
        {...look}
        flex={1}
        readOnly={isFixed}
        description={fixed}
        value={[...draft]}
        onChange={onChange}
        acceptValueOnBlur
        placeholder={draft.length === 0 ? 'Type and press Enter' : ''}
      />
    )
  }
  const unit = unitWord(row)
  return (
    <TextInput
      {...shared}
      {...look}
      flex={1}
      readOnly={isFixed}
      description={fixed}
      value={draft}
      autoComplete="off"
      spellCheck={false}
      inputMode={row.type === 'integer' && row.unit !== 'ms' && row.unit !== 'bytes' ? 'numeric' : 'text'}
      onChange={(event) => onChange(event.currentTarget.value)}
      {...(unit === '' ? {} : { rightSection: <span className={classes['unit']}>{unit}</span>, rightSectionWidth: 72 })}
    />
  )
}
