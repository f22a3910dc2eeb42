/** What a form needs to know of a setting, read from its schema so that it cannot differ from what is checked. */
import type { RouteOutput } from '../../shared/contract.ts'
import { settingKeys, settingsTable, type SettingKey } from '../../shared/settings.ts'

type Row = RouteOutput<'settings.list'>[number]
type Shape = Pick<Row, 'type' | 'min' | 'max'>

function shapeOf(key: SettingKey): Shape {
  const { type, minimum, maximum, maxItems } = settingsTable[key].schema.toJSONSchema() as Record<string, unknown>
  const number = (value: unknown) => (typeof value === 'number' ? value : null)
  if (type === 'boolean') return { type, min: null, max: null }
  if (type === 'array') return { type: 'list', min: null, max: number(maxItems) }
  if (type === 'integer' || type === 'number') return { type: 'integer', min: number(minimum), max: number(maximum) }
  return { type: 'text', min: null, max: null }
}

// Made once, at the first list: it walks each schema.
const shapes = new Map<SettingKey, Shape>()

function shape(key: SettingKey): Shape {
  if (shapes.size === 0) for (const known of settingKeys) shapes.set(known, shapeOf(known))
  return shapes.get(key) ?? shapeOf(key)
}

export function settingType(key: SettingKey): Shape['type'] {
  return shape(key).type
}

export function settingRange(key: SettingKey): Pick<Shape, 'min' | 'max'> {
  const { min, max } = shape(key)
  return { min, max }
}
