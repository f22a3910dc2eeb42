/**
 * Makes arguments for a tool from its JSON schema: required properties only, the simplest value each allows, and a
 * harmless command where a shell is offered. Enough for a real agent to run the tool and come back with its output.
 */
import { isObject, listOf, numberOf, objectOf, textOf, type JsonObject } from './json.ts'

const MAX_DEPTH = 8
const WORDS = ['echo', 'weir-simulator']
const commandName = /^(?:command|cmd|script)$/i

const formats: Readonly<Record<string, string>> = {
  date: '2025-01-01',
  'date-time': '2025-01-01T00:00:00Z',
  email: 'simulator@example.com',
  time: '00:00:00Z',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
}

interface Place {
  /** Name of the property this value is for. */
  readonly name: string
  readonly root: JsonObject
  readonly depth: number
}

export function argumentsFor(schema: unknown): unknown {
  const root = objectOf(schema)
  return valueFor(root, { name: '', root, depth: 0 })
}

function valueFor(raw: unknown, place: Place): unknown {
  if (place.depth > MAX_DEPTH) return null
  const schema = resolve(objectOf(raw), place.root)
  if ('const' in schema) return schema['const']
  const choices = listOf(schema['enum'])
  if (choices.length > 0) return choices[0]
  for (const keyword of ['anyOf', 'oneOf']) {
    const branches = listOf(schema[keyword])
    const branch = branches.find((each) => typeOf(objectOf(each)) !== 'null') ?? branches[0]
    if (branch !== undefined) return valueFor(branch, { ...place, depth: place.depth + 1 })
  }
  const merged = listOf(schema['allOf'])
  if (merged.length > 0 && typeOf(schema) === undefined) return mergedValue(merged, place)
  return typedValue(schema, place)
}

function typedValue(schema: JsonObject, place: Place): unknown {
  switch (typeOf(schema)) {
    case 'string':
      return stringFor(schema, place.name)
    case 'integer':
    case 'number':
      return numberFor(schema)
    case 'boolean':
      return false
    case 'null':
      return null
    case 'array':
      return arrayFor(schema, place)
    default:
      return objectFor(schema, place)
  }
}

function typeOf(schema: JsonObject): string | undefined {
  const type = schema['type']
  if (Array.isArray(type)) return textOf(type.find((each) => each !== 'null') ?? 'null')
  if (typeof type === 'string') return type
  return isObject(schema['properties']) ? 'object' : undefined
}

/** Follows a local reference, `#/$defs/name`. */
function resolve(schema: JsonObject, root: JsonObject): JsonObject {
  const reference = textOf(schema['$ref'])
  if (!reference.startsWith('#/')) return schema
  let target: unknown = root
  for (const part of reference.slice(2).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    target = isObject(target) && Object.hasOwn(target, key) ? target[key] : undefined
  }
  return objectOf(target)
}

function stringFor(schema: JsonObject, name: string): string {
  if (commandName.test(name)) return WORDS.join(' ')
  const format = textOf(schema['format'])
  const simple = (Object.hasOwn(formats, format) ? formats[format] : undefined) ?? 'simulated'
  const longest = numberOf(schema['maxLength']) ?? Number.POSITIVE_INFINITY
  const shortest = Math.min(numberOf(schema['minLength']) ?? 0, 1_000)
  return simple.slice(0, longest).padEnd(shortest, 'x')
}

function numberFor(schema: JsonObject): number {
  const minimum = numberOf(schema['minimum'])
  if (minimum !== null) return minimum
  const above = numberOf(schema['exclusiveMinimum'])
  if (above !== null) return Math.floor(above) + 1
  return Math.min(1, numberOf(schema['maximum']) ?? 1)
}

function arrayFor(schema: JsonObject, place: Place): unknown[] {
  if (commandName.test(place.name)) return [...WORDS]
  const length = Math.min(Math.max(numberOf(schema['minItems']) ?? 1, 0), 16)
  const item = { ...place, name: '', depth: place.depth + 1 }
  return Array.from({ length }, () => valueFor(schema['items'] ?? { type: 'string' }, item))
}

function objectFor(schema: JsonObject, place: Place): unknown {
  const properties = objectOf(schema['properties'])
  const required = listOf(schema['required']).map(textOf).filter(Boolean)
  return Object.fromEntries(
    required.map((name) => [
      name,
      valueFor(Object.hasOwn(properties, name) ? properties[name] : { type: 'string' }, {
        ...place,
        name,
        depth: place.depth + 1,
      }),
    ]),
  )
}

function mergedValue(branches: readonly unknown[], place: Place): unknown {
  const parts = branches.map((branch) => valueFor(branch, { ...place, depth: place.depth + 1 }))
  return parts.every(isObject) ? Object.assign({}, ...parts) : parts[0]
}
