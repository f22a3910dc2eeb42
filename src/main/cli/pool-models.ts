/** What `weir pool` takes and says of a Pool's models. */
import { AppError } from '../../shared/errors.ts'
import { servingMode, type ModelAlias, type ModelMode, type Pool, type PoolPatch } from '../../shared/models/pool.ts'
import type { Upstream } from '../../shared/models/upstream.ts'
import type { Input } from './command.ts'

export const poolModelFlags = [
  {
    name: 'alias',
    value: 'NAME=MODEL',
    many: true,
    help: 'Serve MODEL to who asks for NAME; replaces all aliases. Empty clears.',
  },
  {
    name: 'allow-model',
    value: 'ID',
    many: true,
    help: 'Let this model pass and no other that is not named. Empty lets every model pass.',
  },
  {
    name: 'hide-model',
    value: 'ID',
    many: true,
    help: 'Leave this model out of lists and serve it all the same; replaces all that are hidden. Empty clears.',
  },
  {
    name: 'serving-mode',
    value: `MODEL=${servingMode.options.join('|')}`,
    many: true,
    help: "How ChatGPT accounts are asked for MODEL: in Codex's lite form, in the full one, or as the provider says; replaces all. Empty clears.",
  },
] as const

/** What no flag names is left out, and so stays. An alias that keeps its name keeps what single upstreams call it. */
export function readModels(
  input: Input,
  before: readonly ModelAlias[],
): Pick<PoolPatch, 'aliases' | 'allowedModels' | 'hiddenModels' | 'servingModes'> {
  const given = (flag: (typeof poolModelFlags)[number]['name']) => {
    const list = input.list(flag)
    return list.length === 0 ? null : list.filter((text) => text !== '')
  }
  const [aliases, allowed, hidden, modes] = [
    given('alias'),
    given('allow-model'),
    given('hide-model'),
    given('serving-mode'),
  ]
  return {
    ...(aliases === null ? {} : { aliases: aliases.map((text) => parseAlias(text, before)) }),
    ...(allowed === null ? {} : { allowedModels: allowed.length === 0 ? null : allowed }),
    ...(hidden === null ? {} : { hiddenModels: hidden }),
    ...(modes === null ? {} : { servingModes: modes.map(parseMode) }),
  }
}

function parseAlias(text: string, before: readonly ModelAlias[]): ModelAlias {
  const at = text.indexOf('=')
  if (at < 1 || at === text.length - 1)
    throw new AppError('invalid_option', `--alias is "${text}", but must be NAME=MODEL.`)
  const alias = text.slice(0, at)
  const { upstreams } = before.find((row) => row.alias === alias) ?? {}
  return { alias, model: text.slice(at + 1), ...(upstreams === undefined ? {} : { upstreams }) }
}

function parseMode(text: string): ModelMode {
  const at = text.lastIndexOf('=')
  const mode = servingMode.safeParse(text.slice(at + 1)).data
  if (at < 1 || mode === undefined) {
    const wanted = servingMode.options.join(', ')
    throw new AppError('invalid_option', `--serving-mode is "${text}", but must be MODEL=MODE with one of ${wanted}.`)
  }
  return { model: text.slice(0, at), mode }
}

/** Rows of the description of a Pool. */
export function describeModels(pool: Pool, upstreams: readonly Upstream[]): (readonly [string, string])[] {
  const names = new Map(upstreams.map(({ id, name }) => [id, name]))
  const aliases = pool.aliases.map(({ alias, model, upstreams: own = [] }) => {
    const others = own.map((row) => `, ${row.model} at ${names.get(row.upstreamId) ?? row.upstreamId}`)
    return `${alias} = ${model}${others.join('')}`
  })
  const modes = pool.servingModes.map(({ model, mode }) => `${model} = ${mode}`)
  return [
    ['Models', pool.allowedModels === null ? 'all' : pool.allowedModels.join(', ')],
    ['Aliases', aliases.join('; ') || 'none'],
    ...(pool.hiddenModels.length === 0 ? [] : [['Hidden', pool.hiddenModels.join(', ')] as const]),
    ...(modes.length === 0 ? [] : [['Serving modes', modes.join(', ')] as const]),
  ]
}
