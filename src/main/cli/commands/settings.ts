import { AppError } from '../../../shared/errors.ts'
import { type SettingKey, settingKeys, settingsPatch, settingsTable } from '../../../shared/settings.ts'
import type { Answer, Command, Context } from '../command.ts'
import { table } from '../format.ts'

export const settingsCommands: readonly Command[] = [
  {
    words: ['settings', 'list'],
    args: [],
    flags: [],
    help: 'Every setting with value, default and meaning.',
    run: list,
  },
  {
    words: ['settings', 'set'],
    args: [{ name: 'SETTING' }, { name: 'VALUE' }],
    flags: [],
    help: 'Change a setting. A list is given as JSON or with commas.',
    run: ({ call, input }) => change(call, input.args[0] ?? '', (key) => parseValue(key, input.args[1] ?? '')),
  },
  {
    words: ['settings', 'reset'],
    args: [{ name: 'SETTING' }],
    flags: [],
    help: 'Put the default back.',
    run: ({ call, input }) => change(call, input.args[0] ?? '', () => null),
  },
]

async function list({ call }: Context): Promise<Answer> {
  const settings = await call('settings.list', {})
  const rows = settings.map((row) => [
    row.key,
    shown(row.value, row.unit),
    shown(row.default, row.unit),
    row.overriddenBy === null ? '-' : row.overriddenBy,
    `${row.help}${row.restart ? ' Needs a restart.' : ''}`,
  ])
  return { json: settings, text: table(['Setting', 'Value', 'Default', 'Overridden by', 'Meaning'], rows, 'None.') }
}

async function change(call: Context['call'], text: string, value: (key: SettingKey) => unknown): Promise<Answer> {
  const key = settingKeys.find((known) => known === text)
  if (key === undefined) {
    throw new AppError('not_found', `There is no setting "${text}". \`weir settings list\` shows them all.`)
  }
  const patch = settingsPatch.safeParse({ [key]: value(key) })
  if (!patch.success) {
    const why = patch.error.issues.map((issue) => issue.message).join('; ')
    throw new AppError('invalid_input', `${key} cannot have this value: ${why}.`, { details: { [key]: why } })
  }
  const settings = await call('settings.update', { patch: patch.data })
  const row = settings.find((entry) => entry.key === key)
  const by = row?.overriddenBy ?? null
  const notes = [
    row?.restart === true ? ' It takes effect at the next start.' : '',
    by === null ? '' : ` Now ${by} overrides it.`,
  ]
  return { json: row, text: `${key} is ${shown(row?.value, row?.unit ?? 'none')}.${notes.join('')}\n` }
}

function parseValue(key: SettingKey, text: string): unknown {
  if (Array.isArray(settingsTable[key].default) && !text.startsWith('[')) {
    return text === '' ? [] : text.split(',').map((entry) => entry.trim())
  }
  if (typeof settingsTable[key].default === 'string') return text
  try {
    return JSON.parse(text)
  } catch {
    // Left to the setting's own schema, which says what it wants instead.
    return text
  }
}

function shown(value: unknown, unit: string): string {
  const text = typeof value === 'string' ? value || 'empty' : JSON.stringify(value)
  return unit === 'none' || unit === 'count' ? text : `${text} ${unit}`
}
