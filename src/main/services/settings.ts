/**
 * Settings: defaults, what the operator changed, and what this start's flags and variables override. Only what differs
 * from its default is stored, so that a better default reaches everybody. What needs a restart is kept apart from what is
 * saved: until then the value of the start is in force.
 */
import { isDeepStrictEqual } from 'node:util'
import type { RouteOutput } from '../../shared/contract.ts'
import type { Actor } from '../../shared/models/audit.ts'
import {
  defaultSettings,
  settingKeys,
  settingsTable,
  type SettingKey,
  type Settings,
  type SettingsPatch,
} from '../../shared/settings.ts'
import type { Db, Tx } from '../db/database.ts'
import { forgetSetting, listStoredSettings, storeSetting } from '../db/setting-store.ts'
import type { WritableDirectory } from '../gateway/directory.ts'
import type { Log } from '../gateway/ports.ts'
import type { Changes, Commit, Intent } from './change.ts'
import type { EventHub } from './events.ts'
import { differenceOf, type Difference } from './sanitise.ts'
import { crossProblems, refuseProblems } from './setting-problems.ts'
import { settingRange, settingType } from './setting-shape.ts'

export type SettingRow = RouteOutput<'settings.list'>[number]
export type PendingSetting = RouteOutput<'system.status'>['pendingRestart'][number]

/** Settings that this start fixes, and the flag or variable that does so. */
export type SettingOverrides = { readonly [K in SettingKey]?: { readonly value: Settings[K]; readonly by: string } }

export interface SettingService {
  list(): SettingRow[]
  update(actor: Actor, patch: SettingsPatch): SettingRow[]
  /** Puts defaults back, of all settings unless some are named. */
  reset(actor: Actor, keys?: readonly SettingKey[]): SettingRow[]
  /** What is saved and waits for a restart. */
  pending(): PendingSetting[]
  /** The address of the gateway was changed while it runs: saves it, and it is in force. */
  moveGateway(commit: Commit, intent: Intent, to: Partial<Pick<Settings, 'gateway.host' | 'gateway.port'>>): void
  /** Reads what is stored into the directory, as at a start. */
  load(): void
}

function withChanges(base: Settings, changes: ReadonlyMap<SettingKey, unknown>): Settings {
  return { ...base, ...Object.fromEntries(changes) }
}

/** A setting as JSON, which it is: their schemas know nothing else. */
function asJson(value: unknown): SettingRow['value'] {
  return structuredClone(value) as SettingRow['value']
}

interface SettingDeps {
  readonly db: Db
  readonly directory: WritableDirectory
  readonly changes: Changes
  readonly events: EventHub
  readonly log: Log
  readonly overrides: SettingOverrides
  /** In force from before, whatever is stored: what a restart in place does not change. */
  readonly kept?: Partial<Settings> | undefined
}

export function createSettingService(deps: SettingDeps): SettingService {
  const { db, directory, changes, events, log, overrides, kept = {} } = deps

  /** Defaults and what is stored; a value that no longer fits its schema counts as never set. */
  function stored(): Settings {
    const values = new Map<SettingKey, unknown>()
    for (const { key, value } of listStoredSettings(db)) {
      const known = settingKeys.find((candidate) => candidate === key)
      const parsed = known && settingsTable[known].schema.safeParse(value)
      if (known && parsed?.success) values.set(known, parsed.data)
      else log.warn('a stored setting is not usable; its default holds', { setting: key })
    }
    return withChanges(defaultSettings, values)
  }

  /** What a start would go by now. */
  function chosen(settings: Settings): Settings {
    const fixed = settingKeys.flatMap((key) => {
      const override = overrides[key]
      return override === undefined ? [] : [[key, override.value] as const]
    })
    return withChanges(settings, new Map<SettingKey, unknown>(fixed))
  }

  /** The same, but what needs a restart stays as it is in force. */
  function putInForce(settings: Settings): void {
    const waiting = settingKeys.filter((key) => settingsTable[key].restart)
    const active = directory.settings
    directory.putSettings(withChanges(chosen(settings), new Map(waiting.map((key) => [key, active[key]]))))
  }

  function list(): SettingRow[] {
    const settings = chosen(stored())
    return settingKeys.map((key) => {
      const { unit, help, restart, group, title, affects } = settingsTable[key]
      const active = directory.settings[key]
      return {
        key,
        group,
        title,
        value: asJson(settings[key]),
        default: asJson(defaultSettings[key]),
        type: settingType(key),
        unit,
        ...settingRange(key),
        help,
        affects,
        restart,
        pendingRestart: restart && !isDeepStrictEqual(active, settings[key]),
        active: asJson(active),
        overriddenBy: overrides[key]?.by ?? null,
      }
    })
  }

  function update(actor: Actor, patch: SettingsPatch, action = 'settings.update'): SettingRow[] {
    const intent: Intent = { actor, action, target: { kind: 'settings', id: null, name: null } }
    const isChanged = changes.run(intent, (commit) => {
      const before = stored()
      const given = new Map<SettingKey, unknown>()
      for (const key of settingKeys) {
        const value = patch[key]
        if (value !== undefined) given.set(key, value ?? defaultSettings[key])
      }
      const after = withChanges(before, given)
      refuseProblems(crossProblems(after).filter(([key]) => given.has(key)))
      if (!save(commit, intent, before, after)) return false
      putInForce(after)
      return true
    })
    if (isChanged) {
      events.emit({ type: 'settings.changed' })
      events.emit({ type: 'system.changed' })
    }
    return list()
  }

  return {
    list,
    update,
    reset: (actor, keys = settingKeys) =>
      update(actor, Object.fromEntries(keys.map((key) => [key, null])) as SettingsPatch, 'settings.reset'),
    pending: () =>
      list()
        .filter((row) => row.pendingRestart)
        .map(({ key, active, value }) => ({ key, active, next: value })),
    moveGateway(commit, intent, to) {
      const before = stored()
      save(commit, intent, before, { ...before, ...to })
      directory.putSettings({ ...directory.settings, ...to })
      events.emit({ type: 'settings.changed' })
    },
    load: () => directory.putSettings({ ...chosen(stored()), ...kept }),
  }
}

/** False when nothing differs. */
function save(commit: Commit, intent: Intent, before: Settings, after: Settings): boolean {
  const difference: Difference | null = differenceOf(before, after, settingKeys)
  if (difference === null) return false
  commit((tx) => {
    for (const key of settingKeys) if (Object.hasOwn(difference.after, key)) store(tx, key, after)
    return { value: null, target: intent.target, ...difference }
  })
  return true
}

function store(tx: Tx, key: SettingKey, settings: Settings): void {
  if (isDeepStrictEqual(settings[key], defaultSettings[key])) forgetSetting(tx, key)
  else storeSetting(tx, key, settings[key])
}
