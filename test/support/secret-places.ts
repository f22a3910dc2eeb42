/**
 * Where the sources of the page take or show a secret, and which inputs of the contract may carry one, read from the
 * sources themselves: so that a field that is added is missed by its spec and not by everybody.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { z } from 'zod'
import { contract } from '../../src/shared/contract.ts'

const ROOT = join(import.meta.dirname, '../../src/renderer')

interface Component {
  readonly file: string
  readonly name: string
  readonly body: string
}

interface Source {
  readonly file: string
  readonly text: string
}

function sources(): Source[] {
  return readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.includes('.test.'))
    .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }))
}

function componentsOf({ file, text }: Source): Component[] {
  return [...text.matchAll(/^(?:export )?function ([A-Z]\w*)[^]*?^}$/gm)].map(([body, name = '']) => ({
    file,
    name,
    body,
  }))
}

/** The file that each imported name of this one comes from; a library's name comes from the library. */
function importsOf({ file, text }: Source): Map<string, string> {
  const imports = [...text.matchAll(/^import \{([^}]*)\} from '([^']+)'/gm)]
  return new Map(
    imports.flatMap(([, names = '', from = '']) => {
      const origin = from.startsWith('.') ? normalize(join(dirname(file), from)) : from
      return names.split(',').map((name): [string, string] => [name.replace('type ', '').trim(), origin])
    }),
  )
}

/** For each component, as `file#Name`, those that render it, and how often. */
function renderers(): Map<string, Map<string, number>> {
  const all = sources()
  const components = all.flatMap(componentsOf)
  const known = new Set(components.map(({ file, name }) => `${file}#${name}`))
  const found = new Map<string, Map<string, number>>()
  for (const source of all) {
    const imports = importsOf(source)
    for (const { file, name, body } of components.filter((each) => each.file === source.file)) {
      for (const [, used = ''] of body.matchAll(/<([A-Z]\w+)/g)) {
        const own = `${file}#${used}`
        const key = known.has(own) ? own : `${imports.get(used) ?? ''}#${used}`
        const users = found.get(key) ?? new Map<string, number>()
        found.set(key, users.set(`${file}#${name}`, (users.get(`${file}#${name}`) ?? 0) + 1))
      }
    }
  }
  return found
}

/**
 * Every way from a page down to a component, as `Page > Part > Component`; with `×2` where that part has two of them.
 * @param key `file#Name`, the file below `src/renderer` or the name of a library
 */
export function waysTo(key: string): string[] {
  const rendered = renderers()
  const nameOf = (at: string) => at.slice(at.indexOf('#') + 1)
  const waysOf = (at: string, below: string): string[] => {
    const way = `${nameOf(at)} > ${below}`
    const above = [...(rendered.get(at)?.keys() ?? [])]
    return above.length === 0 ? [way] : above.flatMap((each) => waysOf(each, way))
  }
  return [...(rendered.get(key) ?? [])]
    .flatMap(([user, count]) => waysOf(user, count === 1 ? nameOf(key) : `${nameOf(key)} ×${count}`))
    .sort()
}

/** Files with a password field of their own, beside the one that all share. */
export function filesWithPasswordFields(): string[] {
  return sources()
    .filter(({ text }) => /<PasswordInput|type=(\{?['"])password\b/.test(text))
    .map(({ file }) => file)
}

const SECRET_NAME = /secret|token$|apiKey|pass(word|phrase)|credential|callback|header|cookie|^text$/i

interface Schema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
}

/** Texts that a route takes and whose name says that they may be secret: `upstream.create secret.apiKey`. */
export function secretInputs(): string[] {
  return Object.entries(contract).flatMap(([route, { input }]) => {
    const root = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }) as Schema
    return [...new Set(secretTexts(root, '', { root, seen: new Set() }))].map((path) => `${route} ${path}`)
  })
}

interface Walk {
  readonly root: Schema
  readonly seen: Set<string>
}

function secretTexts(schema: Schema, path: string, walk: Walk): string[] {
  if (schema.$ref !== undefined) {
    const next = walk.root.$defs?.[schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)]
    if (next === undefined || walk.seen.has(schema.$ref)) return []
    return secretTexts(next, path, { ...walk, seen: new Set([...walk.seen, schema.$ref]) })
  }
  const { items, properties = {}, additionalProperties: rest } = schema
  const alternatives = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]
  const isSecret =
    schema.type === 'string' && schema.enum === undefined && SECRET_NAME.test(path.split('.').at(-1) ?? '')
  return [
    ...(isSecret ? [path] : []),
    ...alternatives.flatMap((each) => secretTexts(each, path, walk)),
    ...(items === undefined ? [] : secretTexts(items, path, walk)),
    ...(typeof rest === 'object' ? secretTexts(rest, path, walk) : []),
    ...Object.entries(properties).flatMap(([name, each]) =>
      secretTexts(each, path === '' ? name : `${path}.${name}`, walk),
    ),
  ]
}
