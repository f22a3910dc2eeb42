import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createServicesRig, type ServicesRig } from '../../../test/support/services-rig.ts'
import { settingGroups } from '../../shared/setting-groups.ts'
import { defaultSettings } from '../../shared/settings.ts'

let rig: ServicesRig
beforeEach(async () => {
  rig = await createServicesRig({ overrides: { 'gateway.port': { value: 5555, by: '--port' } } })
})
afterEach(async () => rig.close())

function row(key: string) {
  return rig.services.settings.list().find((candidate) => candidate.key === key)
}

function storedKeys(): unknown[] {
  return rig.db.$client.prepare('select key from setting').pluck().all()
}

const code = (expected: string) => expect.objectContaining({ code: expected })

describe('settings', () => {
  it('are in force on the next request and stored only when they differ from their default', async () => {
    const { settings } = rig.services
    settings.update('operator', {
      'routing.maxAttempts': 5,
      'gateway.keepAliveMs': defaultSettings['gateway.keepAliveMs'],
    })
    expect(rig.directory.settings['routing.maxAttempts']).toBe(5)
    expect(storedKeys()).toEqual(['routing.maxAttempts'])
    expect(rig.events).toContainEqual({ type: 'settings.changed' })
    const [entry] = (await rig.services.audit.list({ limit: 1, action: 'settings.update' })).rows
    expect(entry).toMatchObject({ before: { 'routing.maxAttempts': 3 }, after: { 'routing.maxAttempts': 5 } })
    settings.update('operator', { 'routing.maxAttempts': null })
    expect(rig.directory.settings['routing.maxAttempts']).toBe(3)
    expect(storedKeys()).toEqual([])
  })

  it('say by what they are overridden, and keep what is stored below it', async () => {
    expect(row('gateway.port')).toMatchObject({ value: 5555, overriddenBy: '--port' })
    expect(row('gateway.host')).toMatchObject({ value: '127.0.0.1', overriddenBy: null })
    rig.services.settings.update('operator', { 'gateway.port': 6666 })
    expect(rig.directory.settings['gateway.port']).toBe(5555)
    await rig.close()
    rig = await createServicesRig({ dataDir: rig.dataDir })
    expect(rig.directory.settings['gateway.port']).toBe(6666)
  })

  it('are checked against each other, naming every field', () => {
    const { settings } = rig.services
    expect(() => settings.update('operator', { 'routing.cooldownMs': 2_000, 'routing.maxCooldownMs': 1_000 })).toThrow(
      code('invalid_input'),
    )
    expect(() => settings.update('operator', { 'admin.port': 4141 })).toThrow(/admin\.port: is also the port/)
    expect(() => settings.update('operator', { 'gateway.allowedOrigins': ['https://a.example/x'] })).toThrow(/origin/)
    expect(() => settings.update('operator', { 'gateway.allowedOrigins': ['https://a.example'] })).not.toThrow()
    expect(() =>
      settings.update('operator', { 'gateway.connectTimeoutMs': 5_000, 'gateway.firstByteTimeoutMs': 200 }),
    ).toThrow(/firstByteTimeoutMs/)
    expect(rig.directory.settings['routing.cooldownMs']).toBe(defaultSettings['routing.cooldownMs'])
  })

  it('fall back to the default, with a warning, when what is stored is of no use', async () => {
    const insert = rig.db.$client.prepare('insert into setting (key, value) values (?, ?)')
    insert.run('routing.maxAttempts', '"many"')
    insert.run('retired.setting', '1')
    await rig.close()
    rig = await createServicesRig({ dataDir: rig.dataDir })
    expect(rig.directory.settings['routing.maxAttempts']).toBe(3)
    expect(rig.logged.filter((line) => line.level === 'warn').map((line) => line.facts?.setting)).toEqual([
      'routing.maxAttempts',
      'retired.setting',
    ])
  })

  it('say all that a form needs, from the schema that checks them', () => {
    expect(row('gateway.maxBodyBytes')).toMatchObject({
      type: 'integer',
      unit: 'bytes',
      min: 1_024,
      max: 1_073_741_824,
    })
    expect(row('gateway.allowedHosts')).toMatchObject({ type: 'list', min: null, max: 50 })
    expect(row('privacy.dropWorkspaceMetadata')).toMatchObject({ type: 'boolean', min: null, max: null })
    expect(row('gateway.host')).toMatchObject({ type: 'text', group: 'sharing', restart: true })
    const rows = rig.services.settings.list()
    expect(rows.filter((entry) => entry.type === 'integer' && (entry.min === null || entry.max === null))).toEqual([])
    expect(new Set(rows.map((entry) => entry.title)).size).toBe(rows.length)
    expect([...new Set(rows.map((entry) => entry.group))].sort()).toEqual([...settingGroups].sort())
    expect(rows.filter((entry) => !/^[A-Z].*\.$/.test(entry.affects) || !/[.]$/.test(entry.help))).toEqual([])
  })

  it('go back to their defaults, some or all, and say so once', async () => {
    const { settings, audit } = rig.services
    settings.update('operator', { 'routing.maxAttempts': 5, 'gateway.keepAliveMs': 9_000, 'retention.days': 30 })
    settings.reset('operator', ['routing.maxAttempts'])
    expect(storedKeys().sort()).toEqual(['gateway.keepAliveMs', 'retention.days'])
    settings.reset('operator')
    expect(storedKeys()).toEqual([])
    settings.reset('operator')
    const rows = (await audit.list({ limit: 9, action: 'settings.reset' })).rows
    expect(rows.map((entry) => Object.keys(entry.after ?? {}))).toEqual([
      ['gateway.keepAliveMs', 'retention.days'],
      ['routing.maxAttempts'],
    ])
  })

  it('that need a restart are saved and wait, the others are in force', () => {
    const { settings } = rig.services
    settings.update('operator', { 'admin.port': 5_000, 'gateway.keepAliveMs': 9_000, 'gateway.port': 6_000 })
    expect(row('admin.port')).toMatchObject({ value: 5_000, active: 4_142, pendingRestart: true })
    // A flag fixes this one, at the next start with it as well.
    expect(row('gateway.port')).toMatchObject({ value: 5_555, active: 5_555, pendingRestart: false })
    expect(settings.pending()).toEqual([{ key: 'admin.port', active: 4_142, next: 5_000 }])
    expect(rig.directory.settings['admin.port']).toBe(4_142)
    expect(rig.events).toContainEqual({ type: 'system.changed' })
  })
})
