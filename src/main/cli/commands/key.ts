import { AppError } from '../../../shared/errors.ts'
import { limitsOf, overridesOf } from '../../../shared/limit-policy.ts'
import { MAX_GRACE_MS, type KeyWithSecret, type PoolKey, type PreviousSecret } from '../../../shared/models/key.ts'
import { nameOf, required } from '../arguments.ts'
import type { Answer, Command, Context, FlagSpec } from '../command.ts'
import { count, facts, table, time } from '../format.ts'
import { limitFlags, readLimits } from '../key-limits.ts'
import { policyFlags, readPolicy } from '../key-policy.ts'
import { findKey, findPool } from '../lookup.ts'
import { parseMoment, parseSpan } from '../moment.ts'

const poolFlag: FlagSpec = { name: 'pool', value: 'NAME', help: 'The Pool that the key belongs to.' }
const one = [{ name: 'KEY' }] as const

export const keyCommands: readonly Command[] = [
  {
    words: ['key', 'create'],
    args: [{ name: 'NAME', optional: true }],
    flags: [
      poolFlag,
      { name: 'name', value: 'NAME', help: 'The name, if not given as a word.' },
      ...policyFlags,
      ...limitFlags,
    ],
    help: 'Create a Pool key; its secret is printed this once.',
    run: create,
  },
  {
    words: ['key', 'list'],
    args: [],
    flags: [poolFlag, { name: 'owner', value: 'TEXT', help: 'Only the keys of this owner.' }],
    help: 'List the keys.',
    run: list,
  },
  {
    words: ['key', 'duplicate'],
    args: [...one, { name: 'NAME' }],
    flags: [poolFlag, { name: 'expires', value: 'WHEN', help: 'A span, a date or never; left out, as the original.' }],
    help: 'Create a key with the policy of another one; its secret is printed this once.',
    run: duplicate,
  },
  {
    words: ['key', 'update'],
    args: one,
    flags: [poolFlag, { name: 'name', value: 'NAME', help: 'Rename.' }, ...policyFlags, ...limitFlags],
    help: 'Change a key; what is not named stays. Holds from the next request on.',
    run: update,
  },
  {
    words: ['key', 'rotate'],
    args: one,
    flags: [
      poolFlag,
      {
        name: 'grace',
        value: 'SPAN',
        help: 'How long the old secret goes on opening, as 24h; 0 unless given, at most 7d.',
      },
    ],
    help: 'Give the key a new secret; the old one stops working at once, or after the grace.',
    run: rotate,
  },
  {
    words: ['key', 'end-grace'],
    args: one,
    flags: [poolFlag],
    help: 'Refuse the old secret of a rotated key from now on.',
    run: onOne('key.endGrace'),
  },
  { words: ['key', 'pause'], args: one, flags: [poolFlag], help: 'Refuse the key for now.', run: onOne('key.pause') },
  { words: ['key', 'resume'], args: one, flags: [poolFlag], help: 'Accept it again.', run: onOne('key.resume') },
  {
    words: ['key', 'revoke'],
    args: one,
    flags: [poolFlag],
    help: 'Refuse the key for good.',
    run: onOne('key.revoke'),
  },
  {
    words: ['key', 'delete'],
    args: one,
    flags: [poolFlag, { name: 'prefix', value: 'PREFIX', help: 'Confirm with the prefix of the key.' }],
    help: 'Delete a key and its part of the request log.',
    run: remove,
  },
]

async function create({ call, input, io }: Context): Promise<Answer> {
  const pool = await findPool(call, required(input, 'pool'))
  const policy = await readPolicy(input, call, io.now())
  const limits = readLimits(input, null)
  const made = await call('key.create', { ...policy, ...limits, poolId: pool.id, name: nameOf(input) })
  return withSecret(made)
}

async function list({ call, input }: Context): Promise<Answer> {
  const pools = new Map((await call('pool.list', {})).map((pool) => [pool.id, pool.name]))
  const pool = input.text('pool')
  const poolId = pool === undefined ? undefined : (await findPool(call, pool)).id
  const keys = await call('key.list', { poolId, owner: input.text('owner') })
  const rows = keys.map((key) => [
    key.name,
    pools.get(key.poolId) ?? key.poolId,
    key.owner ?? '',
    key.prefix,
    key.status,
    policyText(key),
    time(key.lastUsedAt),
    key.expiresAt === null ? 'never' : time(key.expiresAt),
    key.id,
  ])
  const head = ['Name', 'Pool', 'Owner', 'Prefix', 'Status', 'Policy', 'Last used', 'Expires', 'Id']
  return { json: keys, text: table(head, rows, 'No keys yet. `weir key create NAME --pool POOL` makes one.') }
}

async function update({ call, input, io }: Context): Promise<Answer> {
  const key = await findKey(call, input.args[0] ?? '', input.text('pool'))
  const { id } = key
  const policy = { ...(await readPolicy(input, call, io.now())), ...readLimits(input, key) }
  const changed = await call('key.update', { id, patch: { ...policy, name: input.text('name') } })
  return { json: changed, text: describe(changed) }
}

async function duplicate({ call, input, io }: Context): Promise<Answer> {
  const { id } = await findKey(call, input.args[0] ?? '', input.text('pool'))
  const expires = input.text('expires')
  const expiresAt =
    expires === undefined ? undefined : expires === 'never' ? null : parseMoment('expires', expires, io.now(), 'ahead')
  return withSecret(await call('key.duplicate', { id, name: input.args[1] ?? '', expiresAt }))
}

async function rotate({ call, input }: Context): Promise<Answer> {
  const { id } = await findKey(call, input.args[0] ?? '', input.text('pool'))
  const grace = input.text('grace')
  const graceMs = grace === undefined ? 0 : parseSpan('grace', grace, MAX_GRACE_MS)
  return withSecret(await call('key.rotate', { id, graceMs }))
}

function onOne(route: 'key.pause' | 'key.resume' | 'key.revoke' | 'key.endGrace') {
  return async ({ call, input }: Context): Promise<Answer> => {
    const { id } = await findKey(call, input.args[0] ?? '', input.text('pool'))
    const changed = await call(route, { id })
    return { json: changed, text: describe(changed) }
  }
}

async function remove({ call, input }: Context): Promise<Answer> {
  const key = await findKey(call, input.args[0] ?? '', input.text('pool'))
  const prefix = input.text('prefix')
  if (prefix === undefined) {
    const message = `Deleting "${key.name}" deletes its requests from the log. Confirm with --prefix ${key.prefix}.`
    throw new AppError('invalid_option', message)
  }
  const gone = await call('key.delete', { id: key.id, prefix })
  return { json: gone, text: `Deleted key "${key.name}" and ${count(gone.deletedRequests)} logged requests.\n` }
}

function withSecret(made: KeyWithSecret): Answer {
  return {
    json: made,
    text: `${describe(made.key)}\n${made.secret}\n\nThis is the whole key. It is shown this once: keep it now.\n`,
  }
}

function describe(key: PoolKey): string {
  return facts([
    ['Key', key.name],
    ['Id', key.id],
    ['Owner', key.owner ?? 'none'],
    ['Prefix', key.prefix],
    ['Status', key.status],
    ['Policy', policyText(key)],
    ['Limits', limitText(key)],
    ['Expires', key.expiresAt === null ? 'never' : time(key.expiresAt)],
    ...(key.previous === null ? [] : [['Old secret', previousText(key.previous)] as const]),
  ])
}

function previousText({ until, usedAt }: PreviousSecret): string {
  return `opens until ${time(until)}, ${usedAt === null ? 'not used since' : `last used ${time(usedAt)}`}`
}

function limitText(key: PoolKey): string {
  const own = limitsOf(key).map(({ words }) => words)
  const ofModels = overridesOf(key).map(({ model, words }) => `${model}: ${words.join(', ') || 'counted apart'}`)
  return [...own, ...ofModels].join('; ') || 'none'
}

function policyText(key: PoolKey): string {
  const { modelPolicy, enforced } = key
  const models = { all: 'all models', none: 'no models', selected: '' }[modelPolicy.mode]
  const parts = [
    modelPolicy.mode === 'selected' ? `models ${modelPolicy.models.join(', ')}` : models,
    enforced.model === null ? '' : `always ${enforced.model}`,
    enforced.effort === null ? '' : `effort ${enforced.effort}`,
    enforced.serviceTier === null ? '' : `tier ${enforced.serviceTier}`,
    key.allowedUpstreams === null ? '' : `${key.allowedUpstreams.length} upstreams only`,
    key.ipAllowlist.length === 0 ? '' : `from ${key.ipAllowlist.join(', ')}`,
  ]
  return parts.filter((part) => part !== '').join('; ')
}
