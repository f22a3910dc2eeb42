import { AppError } from '../../../shared/errors.ts'
import { simulatorPatch, type Upstream, upstreamKind } from '../../../shared/models/upstream.ts'
import { choice, clearable, nameOf } from '../arguments.ts'
import type { Answer, Command, Context, FlagSpec } from '../command.ts'
import { count, duration, facts, table, time } from '../format.ts'
import { findUpstream } from '../lookup.ts'
import { readSecret, secretFlags } from '../secret-input.ts'

const editFlags: readonly FlagSpec[] = [
  { name: 'base-url', value: 'URL', help: 'Address of the provider, with or without /v1.' },
  { name: 'proxy', value: 'URL', help: 'An http proxy for outbound calls; empty clears it.' },
  { name: 'model', value: 'ID', many: true, help: 'A model id to add by hand.' },
  { name: 'notes', value: 'TEXT', help: 'Notes for yourself.' },
  {
    name: 'simulate',
    value: 'KEY=VALUE',
    many: true,
    help: `Behaviour of a simulator: ${Object.keys(simulatorPatch.shape).join(', ')}.`,
  },
]

const one = [{ name: 'UPSTREAM' }] as const

export const upstreamCommands: readonly Command[] = [
  {
    words: ['upstream', 'add'],
    args: [{ name: 'NAME', optional: true }],
    flags: [
      { name: 'kind', value: upstreamKind.options.join('|'), help: 'What kind of account it is.' },
      { name: 'name', value: 'NAME', help: 'The name, if not given as a word.' },
      ...editFlags,
      ...secretFlags,
    ],
    help: 'Add a provider account, a compatible server or a simulator.',
    run: add,
  },
  { words: ['upstream', 'list'], args: [], flags: [], help: 'List the upstreams with their state.', run: list },
  {
    words: ['upstream', 'update'],
    args: one,
    flags: [{ name: 'name', value: 'NAME', help: 'Rename.' }, ...editFlags],
    help: 'Change an upstream; what is not named stays. --model replaces the manual ids.',
    run: update,
  },
  {
    words: ['upstream', 'set-secret'],
    args: one,
    flags: secretFlags,
    help: 'Replace the secret of an upstream, whole.',
    run: setSecret,
  },
  { words: ['upstream', 'test'], args: one, flags: [], help: 'Check address and credential, live.', run: test },
  {
    words: ['upstream', 'refresh'],
    args: one,
    flags: [],
    help: "Fetch the provider's model list now.",
    run: onOne('upstream.refreshModels'),
  },
  { words: ['upstream', 'pause'], args: one, flags: [], help: 'Send nothing to it.', run: onOne('upstream.pause') },
  { words: ['upstream', 'resume'], args: one, flags: [], help: 'Use it again.', run: onOne('upstream.resume') },
  {
    words: ['upstream', 'delete'],
    args: one,
    flags: [{ name: 'yes', help: 'Confirm.' }],
    help: 'Delete an upstream and its secret.',
    run: remove,
  },
]

async function add({ call, input, io }: Context): Promise<Answer> {
  const kind = choice(input, 'kind', upstreamKind.options)
  if (kind === undefined) {
    throw new AppError('invalid_option', `--kind is missing: one of ${upstreamKind.options.join(', ')}.`)
  }
  const made = await call('upstream.create', {
    kind,
    name: nameOf(input),
    baseUrl: input.text('base-url'),
    proxyUrl: clearable(input, 'proxy'),
    notes: input.text('notes'),
    manualModels: input.list('model').length > 0 ? [...input.list('model')] : undefined,
    secret: await readSecret(input, io),
    simulator: parseSimulate(input.list('simulate')),
  })
  return { json: made, text: describe(made) }
}

async function list({ call }: Context): Promise<Answer> {
  const upstreams = await call('upstream.list', {})
  const rows = upstreams.map((row) => [
    row.name,
    row.kind,
    row.health.state,
    row.kind === 'simulator' ? '-' : row.baseUrl,
    count(new Set([...row.fetchedModels, ...row.manualModels]).size),
    count(row.health.inFlight),
    row.secret === null ? '-' : row.secret.fingerprint,
    row.id,
  ])
  const head = ['Name', 'Kind', 'State', 'Base URL', 'Models', 'In flight', 'Secret', 'Id']
  return {
    json: upstreams,
    text: table(head, rows, 'No upstreams yet. `weir upstream add --help` shows how to add one.'),
  }
}

async function update({ call, input }: Context): Promise<Answer> {
  const { id } = await findUpstream(call, input.args[0] ?? '')
  const patch = {
    name: input.text('name'),
    baseUrl: input.text('base-url'),
    proxyUrl: clearable(input, 'proxy'),
    notes: input.text('notes'),
    manualModels: input.list('model').length > 0 ? input.list('model').filter((model) => model !== '') : undefined,
    simulator: parseSimulate(input.list('simulate')),
  }
  const changed = await call('upstream.update', { id, patch })
  return { json: changed, text: describe(changed) }
}

async function setSecret({ call, input, io }: Context): Promise<Answer> {
  const secret = await readSecret(input, io)
  if (secret === undefined) {
    throw new AppError('invalid_option', 'No secret is given: use --secret-stdin, --secret-env or --header-env.')
  }
  const { id } = await findUpstream(call, input.args[0] ?? '')
  const changed = await call('upstream.setSecret', { id, secret })
  return { json: changed, text: describe(changed) }
}

async function test({ call, input }: Context): Promise<Answer> {
  const { id, name } = await findUpstream(call, input.args[0] ?? '')
  const result = await call('upstream.test', { id })
  return {
    json: result,
    exitCode: result.ok ? 0 : 1,
    text: facts([
      ['Upstream', name],
      ['Result', result.ok ? 'ok' : `failed (${result.errorCode ?? 'no code'})`],
      ['Message', result.next === null ? result.message : `${result.message} ${result.next}`],
      ['Latency', duration(result.latencyMs)],
      ['Models', result.models.length > 0 ? result.models.join(', ') : 'none named'],
    ]),
  }
}

function onOne(route: 'upstream.pause' | 'upstream.resume' | 'upstream.refreshModels') {
  return async ({ call, input }: Context): Promise<Answer> => {
    const { id } = await findUpstream(call, input.args[0] ?? '')
    const changed = await call(route, { id })
    return { json: changed, text: describe(changed) }
  }
}

async function remove({ call, input }: Context): Promise<Answer> {
  const { id, name } = await findUpstream(call, input.args[0] ?? '')
  if (!input.isOn('yes')) {
    throw new AppError('invalid_option', `Deleting "${name}" deletes its secret too. Add --yes to confirm.`)
  }
  const gone = await call('upstream.delete', { id })
  const left = gone.pools.length === 0 ? '' : ` It was taken out of ${gone.pools.length} Pools.`
  return { json: gone, text: `Deleted upstream "${name}".${left}\n` }
}

/** `latencyMs=200`, `fault=status`, `models=a,b`, `retryAfterSeconds=null`. */
export function parseSimulate(pairs: readonly string[]): Record<string, unknown> | undefined {
  if (pairs.length === 0) return undefined
  const known = Object.keys(simulatorPatch.shape)
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      const key = pair.slice(0, Math.max(at, 0))
      if (!known.includes(key)) {
        throw new AppError('invalid_option', `--simulate takes KEY=VALUE with one of ${known.join(', ')}.`)
      }
      const text = pair.slice(at + 1)
      if (key === 'models') return [key, text.split(',')]
      return [key, /^(-?\d+|true|false|null)$/.test(text) ? JSON.parse(text) : text]
    }),
  )
}

function describe(row: Upstream): string {
  const models = [...new Set([...row.fetchedModels, ...row.manualModels])]
  const { secret } = row
  const extra = secret !== null && secret.headerNames.length > 0 ? `, headers ${secret.headerNames.join(', ')}` : ''
  return facts([
    ['Upstream', row.name],
    ['Id', row.id],
    ['Kind', row.kind],
    ['Base URL', row.kind === 'simulator' ? 'built in' : row.baseUrl],
    ['State', row.health.reason === null ? row.health.state : `${row.health.state}: ${row.health.reason}`],
    ['Secret', secret === null ? 'none' : `${secret.fingerprint}, set ${time(secret.setAt)}${extra}`],
    ['Models', models.length > 0 ? models.join(', ') : (row.modelsError ?? 'not fetched yet')],
  ])
}
