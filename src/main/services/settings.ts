/**
 * Settings: defaults, what the operator changed, and what this start's flags and variables override. Only what differs
 * from its default is stored, so that a better default reaches everybody.
 */
import { isDeepStrictEqual } from 'node:util'
import type { RouteOutput } from '../../shared/contract.ts'
import { AppError } from '../../shared/errors.ts'
import type { Actor } from '../../shared/models/audit.ts'
import {
  defaultSettings,
  settingKeys,
  settingsTable,
  type SettingKey,
  type Settings,
  type SettingsPatch,
} from '../../shared/settings.ts'
import type { Db } from '../db/database.ts'
import { forgetSetting, listStoredSettings, storeSetting } from '../db/setting-store.ts'
import type { WritableDirectory } from '../gateway/directory.ts'
import type { Log } from '../gateway/ports.ts'
import type { Changes, Intent } from './change.ts'
import type { EventHub } from './events.ts'
import { differenceOf } from './sanitise.ts'

export type SettingRow = RouteOutput<'settings.list'>[number]

/** Settings that this start fixes, and the flag or variable that does so. */
export type SettingOverrides = { readonly [K in SettingKey]?: { readonly value: Settings[K]; readonly by: string } }

export interface SettingService {
  list(): SettingRow[]
  update(actor: Actor, patch: SettingsPatch): SettingRow[]
  /** Reads what is stored into the directory. */
  load(): void
}

type Problem = readonly [key: SettingKey, problem: string]

/** What one schema alone cannot see. */
function crossProblems(settings: Settings): Problem[] {
  const problems: Problem[] = []
  const admin = settings['admin.port']
  if (admin !== 0 && admin === settings['gateway.port']) {
    problems.push(['admin.port', 'is also the port of the gateway'], ['gateway.port', 'is also the admin port'])
  }
  if (settings['routing.cooldownMs'] > settings['routing.maxCooldownMs']) {
    problems.push(
      ['routing.cooldownMs', 'is longer than routing.maxCooldownMs'],
      ['routing.maxCooldownMs', 'is shorter than routing.cooldownMs'],
    )
  }
  if (settings['gateway.connectTimeoutMs'] > settings['gateway.firstByteTimeoutMs']) {
    problems.push(
      ['gateway.connectTimeoutMs', 'is longer than gateway.firstByteTimeoutMs'],
      ['gateway.firstByteTimeoutMs', 'is shorter than gateway.connectTimeoutMs'],
    )
  }
  for (const origin of settings['gateway.allowedOrigins']) {
    if (!isOrigin(origin))
      problems.push(['gateway.allowedOrigins', 'each must be an origin such as https://app.example'])
  }
  return problems
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && url.origin === text && url.origin !== 'null'
}

function withChanges(base: Settings, changes: ReadonlyMap<SettingKey, unknown>): Settings {
  return { ...base, ...Object.fromEntries(changes) }
}

export function createSettingService(deps: {
  readonly db: Db
  readonly directory: WritableDirectory
  readonly changes: Changes
  readonly events: EventHub
  readonly log: Log
  readonly overrides: SettingOverrides
}): SettingService {
  const { db, directory, changes, events, log, overrides } = deps

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

  function inForce(settings: Settings): Settings {
    const fixed = settingKeys.flatMap((key) => {
      const override = overrides[key]
      return override === undefined ? [] : [[key, override.value] as const]
    })
    return withChanges(settings, new Map<SettingKey, unknown>(fixed))
  }

  function list(): SettingRow[] {
    const settings = inForce(stored())
    return settingKeys.map((key) => {
      const { unit, help, restart } = settingsTable[key]
      const value = structuredClone(settings[key]) as SettingRow['value']
      const initial = structuredClone(defaultSettings[key]) as SettingRow['default']
      return { key, value, default: initial, unit, help, restart, overriddenBy: overrides[key]?.by ?? null }
    })
  }

  function update(actor: Actor, patch: SettingsPatch): SettingRow[] {
    const intent: Intent = { actor, action: 'settings.update', target: { kind: 'settings', id: null, name: null } }
    const isChanged = changes.run(intent, (commit) => {
      const before = stored()
      const given = new Map<SettingKey, unknown>()
      for (const key of settingKeys) {
        const value = patch[key]
        if (value !== undefined) given.set(key, value ?? defaultSettings[key])
      }
      const after = withChanges(before, given)
      refuseProblems(crossProblems(after).filter(([key]) => given.has(key)))
      const difference = differenceOf(before, after, [...given.keys()])
      if (difference === null) return false
      commit((tx) => {
        for (const key of given.keys()) {
          if (isDeepStrictEqual(after[key], defaultSettings[key])) forgetSetting(tx, key)
          else storeSetting(tx, key, after[key])
        }
        return { value: null, target: intent.target, ...difference }
      })
      directory.putSettings(inForce(after))
      return true
    })
    if (isChanged) events.emit({ type: 'settings.changed' })
    return list()
  }

  return { list, update, load: () => directory.putSettings(inForce(stored())) }
}

function refuseProblems(problems: readonly Problem[]): void {
  if (problems.length === 0) return
  const fields = [...new Set(problems.map(([key, problem]) => `${key}: ${problem}`))]
  throw new AppError('invalid_input', `${fields.join('; ')}.`, { details: { fields } })
}
