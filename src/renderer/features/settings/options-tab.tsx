/** Every setting of the table by group, found by typing, narrowed to what was changed, waits or is fixed. */
import { Anchor, Button, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'react-router'
import { settingGroups, settingGroupTitles, type SettingGroup } from '../../../shared/setting-groups.ts'
import { ConfirmDialog } from '../../components/dialogs.tsx'
import { FilterBar, FilterSelect, SearchInput } from '../../components/filters.tsx'
import { FilteredToNothing } from '../../components/states.tsx'
import { invoke } from '../../lib/api.ts'
import { formatCount, formatNoun } from '../../lib/format.ts'
import { oneOfParam, textParam, useUrlState } from '../../lib/url-state.ts'
import { useAction } from '../../lib/use-action.tsx'
import { SettingField } from './setting-field.tsx'
import classes from './settings.module.css'
import { tabsFor, tabTitles } from './tabs.ts'
import type { SettingForm } from './use-setting-form.ts'
import { valueText, type SettingRow } from './value-text.ts'

const shows = ['changed', 'waiting', 'fixed', 'unsaved'] as const
const showWords: Readonly<Record<(typeof shows)[number], string>> = {
  changed: 'Not the default',
  waiting: 'Waiting for a restart',
  fixed: 'Fixed by the start',
  unsaved: 'Not saved yet',
}

const params = { q: textParam(), group: oneOfParam(settingGroups), show: oneOfParam(shows) }

export function OptionsTab({ form }: { readonly form: SettingForm }) {
  const [filters, setFilters, reset] = useUrlState(params)
  const { q, group, show } = filters
  const found = form.rows.filter(
    (row) => (group === null || row.group === group) && (show === null || isShown(row, show, form)) && fits(row, q),
  )
  const isFiltered = q !== '' || group !== null || show !== null
  return (
    <>
      <FilterBar isFiltered={isFiltered} onReset={reset} end={<End form={form} shown={found.length} />}>
        <SearchInput
          value={q}
          label="Search settings"
          onChange={(next) => setFilters({ q: next }, { replace: true })}
        />
        <FilterSelect
          label="Group"
          all="Any group"
          width={168}
          value={group}
          options={settingGroups.map((value) => ({ value, label: settingGroupTitles[value] }))}
          onChange={(value) => setFilters({ group: settingGroups.find((each) => each === value) ?? null })}
        />
        <FilterSelect
          label="Show"
          all="All settings"
          width={168}
          value={show}
          options={shows.map((value) => ({ value, label: showWords[value] }))}
          onChange={(value) => setFilters({ show: shows.find((each) => each === value) ?? null })}
        />
      </FilterBar>
      <Elsewhere search={q} />
      {found.length === 0 ? (
        <FilteredToNothing what="settings" onReset={reset} />
      ) : (
        settingGroups.map((each) => (
          <Group key={each} group={each} rows={found.filter((row) => row.group === each)} form={form} />
        ))
      )}
    </>
  )
}

function fits(row: SettingRow, search: string): boolean {
  const text = `${row.title} ${row.key} ${row.help} ${row.affects} ${settingGroupTitles[row.group]}`.toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

function isShown(row: SettingRow, show: (typeof shows)[number], form: SettingForm): boolean {
  if (show === 'waiting') return row.pendingRestart
  if (show === 'fixed') return row.overriddenBy !== null
  if (show === 'changed') return isOwn(row)
  return form.problems.has(row.key) || form.changes.some((change) => change.row.key === row.key)
}

/** Saved by the operator. */
function isOwn(row: SettingRow): boolean {
  return row.overriddenBy === null && JSON.stringify(row.value) !== JSON.stringify(row.default)
}

interface GroupProps {
  readonly group: SettingGroup
  readonly rows: readonly SettingRow[]
  readonly form: SettingForm
}

function Group({ group, rows, form }: GroupProps) {
  if (rows.length === 0) return null
  return (
    <section className={classes['group']} aria-labelledby={`group-${group}`}>
      <Title order={2} id={`group-${group}`}>
        {settingGroupTitles[group]}
      </Title>
      <div className={classes['list']}>
        {rows.map((row) => (
          <SettingField key={row.key} row={row} form={form} />
        ))}
      </div>
    </section>
  )
}

function Elsewhere({ search }: { readonly search: string }) {
  const tabs = tabsFor(search)
  if (tabs.length === 0) return null
  return (
    <div className={classes['hits']}>
      <Text c="dimmed">Also under</Text>
      {tabs.map((tab) => (
        <Anchor key={tab} component={Link} to={`/settings?tab=${tab}`} size="sm">
          {tabTitles[tab]}
        </Anchor>
      ))}
    </div>
  )
}

function End({ form, shown }: { readonly form: SettingForm; readonly shown: number }) {
  const [isAsking, setAsking] = useState(false)
  const own = form.rows.filter(isOwn)
  return (
    <>
      <Text size="xs" c="dimmed" aria-live="polite">
        {shown === form.rows.length
          ? formatNoun(shown, 'setting')
          : `${formatCount(shown)} of ${formatCount(form.rows.length)} settings`}
      </Text>
      <Button
        variant="default"
        disabled={own.length === 0}
        title={own.length === 0 ? 'Every setting has its default' : undefined}
        onClick={() => setAsking(true)}
      >
        Reset all
      </Button>
      <ResetDialog own={own} opened={isAsking} onClose={() => setAsking(false)} onDone={form.discard} />
    </>
  )
}

interface ResetDialogProps {
  readonly own: readonly SettingRow[]
  readonly opened: boolean
  readonly onClose: () => void
  readonly onDone: () => void
}

function ResetDialog({ own, opened, onClose, onDone }: ResetDialogProps) {
  const reset = useAction('settings.reset', {
    errorToast: false,
    success: (_, { keys = [] }) => `${formatNoun(keys.length, 'setting')} back at the default`,
    undo: () => invoke('settings.update', { patch: Object.fromEntries(own.map(({ key, value }) => [key, value])) }),
    onDone,
  })
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={`Put ${formatNoun(own.length, 'setting')} back to the default?`}
      confirm="Reset"
      onConfirm={() => reset.run({ keys: own.map(({ key }) => key) })}
    >
      <table className={classes['table']} aria-label="What is reset">
        <thead>
          <tr>
            <th scope="col">Setting</th>
            <th scope="col">Now</th>
            <th scope="col">Default</th>
          </tr>
        </thead>
        <tbody>
          {own.map((row) => (
            <tr key={row.key}>
              <th scope="row">{row.title}</th>
              <td>{valueText(row, row.value)}</td>
              <td>{valueText(row, row.default)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ConfirmDialog>
  )
}
