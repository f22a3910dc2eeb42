/**
 * What the operator typed and has not saved, over what is saved. One form for all tabs: retention is edited under Data
 * too. Values that others save meanwhile show through where nothing was typed.
 */
import { useMemo, useState } from 'react'
import { pairProblems } from '../../../shared/setting-problems.ts'
import { fieldErrors, OperatorError } from '../../lib/operator-error.ts'
import { toastError } from '../../lib/toast.tsx'
import { useAction } from '../../lib/use-action.tsx'
import { invoke } from '../../lib/api.ts'
import { formatNoun } from '../../lib/format.ts'
import { draftOf, readDraft, type Draft, type SettingRow, type SettingValue } from './value-text.ts'

export type SettingKey = SettingRow['key']
type Patch = Parameters<typeof invoke<'settings.update'>>[1]['patch']

export interface Change {
  readonly row: SettingRow
  readonly next: SettingValue
}

export interface SettingForm {
  readonly rows: readonly SettingRow[]
  /** What would be saved. */
  readonly changes: readonly Change[]
  readonly problems: ReadonlyMap<SettingKey, string>
  readonly isDirty: boolean
  readonly isSaving: boolean
  draft(row: SettingRow): Draft
  set(row: SettingRow, draft: Draft): void
  /** As it would be after saving; as it is saved while what was typed cannot be read. */
  value(key: SettingKey): SettingValue
  discard(): void
  /** Never rejects: what is wrong is shown. True when it was saved. */
  save(): Promise<boolean>
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

export function useSettingForm(rows: readonly SettingRow[]): SettingForm {
  const [drafts, setDrafts] = useState<ReadonlyMap<SettingKey, Draft>>(new Map())
  const [refused, setRefused] = useState<ReadonlyMap<SettingKey, string>>(new Map())
  const update = useAction('settings.update', { errorToast: false, undo: undoOf(rows), success: savedWords })
  const state = useMemo(() => stateOf(rows, drafts, refused), [rows, drafts, refused])

  async function save(): Promise<boolean> {
    const patch = Object.fromEntries(state.changes.map(({ row, next }) => [row.key, next])) as Patch
    try {
      await update.run({ patch })
      setDrafts(new Map())
      return true
    } catch (thrown) {
      const problems = problemsAt(rows, thrown)
      setRefused(problems)
      if (problems.size === 0) toastError(OperatorError.from(thrown))
      return false
    }
  }

  return {
    rows,
    ...state,
    isDirty: state.changes.length > 0 || state.problems.size > 0,
    isSaving: update.isPending,
    draft: (row) => drafts.get(row.key) ?? draftOf(row, row.value),
    set(row, draft) {
      const next = new Map(drafts)
      // Typed back to what is saved: nothing to save, and later changes of others show again.
      if (same(draft, draftOf(row, row.value))) next.delete(row.key)
      else next.set(row.key, draft)
      setDrafts(next)
      if (refused.size > 0) setRefused(new Map())
    },
    value: (key) => state.values.get(key) ?? null,
    discard() {
      setDrafts(new Map())
      setRefused(new Map())
    },
    save,
  }
}

function stateOf(
  rows: readonly SettingRow[],
  drafts: ReadonlyMap<SettingKey, Draft>,
  refused: ReadonlyMap<SettingKey, string>,
) {
  const values = new Map<SettingKey, SettingValue>(rows.map((row) => [row.key, row.value]))
  const problems = new Map<SettingKey, string>()
  const changes: Change[] = []
  for (const row of rows) {
    const draft = drafts.get(row.key)
    if (draft === undefined || row.overriddenBy !== null) continue
    const read = readDraft(row, draft)
    if ('problem' in read) problems.set(row.key, read.problem)
    else if (!same(read.value, row.value)) {
      values.set(row.key, read.value)
      changes.push({ row, next: read.value })
    }
  }
  const settings = Object.fromEntries(values) as unknown as Parameters<typeof pairProblems>[0]
  for (const [key, problem] of pairProblems(settings)) {
    if (changes.some(({ row }) => row.key === key)) problems.set(key, sentence(problem))
  }
  for (const [key, problem] of refused) problems.set(key, sentence(problem))
  return { values, problems, changes }
}

/** "is longer than …" as it stands at a field: "It is longer than …". */
function sentence(problem: string): string {
  return /^(?:is|must|has)\b/.test(problem) ? `It ${problem}` : problem
}

/** What the core refused, by setting. A path goes on into a list: `gateway.allowedHosts.2`. */
function problemsAt(rows: readonly SettingRow[], thrown: unknown): ReadonlyMap<SettingKey, string> {
  const found = Object.entries(fieldErrors(thrown)).flatMap(([path, problem]) => {
    const row = rows.find(({ key }) => path === key || path.startsWith(`${key}.`))
    return row === undefined ? [] : [[row.key, problem] as const]
  })
  return new Map(found)
}

function undoOf(before: readonly SettingRow[]) {
  return (_: unknown, { patch }: { patch: Patch }) => {
    const old = before.filter(({ key }) => Object.hasOwn(patch, key)).map(({ key, value }) => [key, value])
    return invoke('settings.update', { patch: Object.fromEntries(old) as Patch })
  }
}

function savedWords(rows: readonly SettingRow[], { patch }: { patch: Patch }): string {
  const saved = rows.filter(({ key }) => Object.hasOwn(patch, key))
  const waiting = saved.filter((row) => row.pendingRestart).length
  const words = `Saved ${formatNoun(saved.length, 'setting')}`
  return waiting === 0 ? words : `${words}; ${waiting === 1 ? 'one waits' : `${waiting} wait`} for a restart`
}
