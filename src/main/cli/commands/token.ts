import { AppError } from '../../../shared/errors.ts'
import { limitInWords } from '../../../shared/limit-policy.ts'
import {
  DEFAULT_TOKEN_SECONDS,
  MAX_TOKEN_SECONDS,
  MIN_TOKEN_SECONDS,
  type EphemeralToken,
} from '../../../shared/models/ephemeral-token.ts'
import { limitField } from '../../../shared/models/limit.ts'
import { required } from '../arguments.ts'
import type { Answer, Command, Context, FlagSpec, Input } from '../command.ts'
import { count, dollars, facts, table, time } from '../format.ts'
import { limitFlags, readLimits } from '../key-limits.ts'
import { findKey } from '../lookup.ts'
import { parseSpan } from '../moment.ts'

const keyFlag: FlagSpec = { name: 'key', value: 'KEY', help: 'The key that lends it: its prefix, id or name.' }
const poolFlag: FlagSpec = { name: 'pool', value: 'NAME', help: 'The Pool of the key, where its name is not enough.' }

export const tokenCommands: readonly Command[] = [
  {
    words: ['token', 'create'],
    args: [],
    flags: [
      keyFlag,
      poolFlag,
      { name: 'ttl', value: 'SPAN', help: 'How long it opens, as 15m or 8h; 1h unless given, from 60s to 7d.' },
      { name: 'name', value: 'NAME', help: 'What it is for.' },
      { name: 'model', value: 'ID', many: true, help: 'Allow this model and no other that is not named.' },
      { name: 'allow-ip', value: 'ADDRESS', many: true, help: 'Accept calls from this address or CIDR network only.' },
      ...limitFlags.filter(({ name }) => name === 'limit'),
    ],
    help: 'Make an ephemeral token of a key; its secret is printed this once.',
    run: create,
  },
  {
    words: ['token', 'list'],
    args: [],
    flags: [keyFlag, poolFlag],
    help: 'List the tokens of a key, newest first.',
    run: list,
  },
  {
    words: ['token', 'revoke'],
    args: [{ name: 'TOKEN' }],
    flags: [],
    help: 'Refuse a token for good, from its next request on; by its prefix or id.',
    run: revoke,
  },
]

async function create({ call, input }: Context): Promise<Answer> {
  const ttlSeconds = readTtl(input)
  const { id } = await findKey(call, required(input, 'key'), input.text('pool'))
  const models = input.list('model')
  const { limits } = readLimits(input, null)
  const made = await call('token.create', {
    keyId: id,
    name: input.text('name') ?? 'By the command',
    ttlSeconds,
    ...(models.length === 0 ? {} : { modelPolicy: { mode: 'selected' as const, models: [...models] } }),
    ...(limits === undefined ? {} : { limits }),
    ipAllowlist: [...input.list('allow-ip')],
  })
  const isShort = made.token.expiresAt < made.token.createdAt + ttlSeconds * 1_000
  const end = isShort ? 'It ends with its key, earlier than asked for. ' : ''
  const text = `${describe(made.token)}\n${made.secret}\n\n${end}This is the whole token. It is shown this once: keep it now.\n`
  return { json: made, text }
}

function readTtl(input: Input): number {
  const text = input.text('ttl')
  if (text === undefined) return DEFAULT_TOKEN_SECONDS
  const seconds = parseSpan('ttl', text, MAX_TOKEN_SECONDS * 1_000) / 1_000
  if (seconds >= MIN_TOKEN_SECONDS) return seconds
  throw new AppError('invalid_option', `--ttl is "${text}", but must be at least ${MIN_TOKEN_SECONDS}s.`)
}

async function list({ call, input }: Context): Promise<Answer> {
  const key = await findKey(call, required(input, 'key'), input.text('pool'))
  const tokens = await call('token.list', { keyId: key.id })
  const rows = tokens.map((token) => [
    token.name,
    token.prefix,
    token.status === 'keyEnded' ? 'key ended' : token.status,
    token.madeBy,
    scopeText(token),
    time(token.expiresAt),
    time(token.lastUsedAt),
    count(token.used.requests),
    count(token.used.tokens),
    dollars(token.used.costNanos),
    token.id,
  ])
  const used = ['Last used', 'Requests', 'Tokens', 'Cost']
  const head = ['Name', 'Prefix', 'Status', 'Made by', 'Scope', 'Expires', ...used, 'Id']
  return { json: tokens, text: table(head, rows, `No tokens. \`weir token create --key ${key.prefix}\` makes one.`) }
}

async function revoke({ call, input }: Context): Promise<Answer> {
  const revoked = await call('token.revoke', { id: input.args[0] ?? '' })
  return { json: revoked, text: describe(revoked) }
}

function describe(token: EphemeralToken): string {
  return facts([
    ['Token', token.name],
    ['Id', token.id],
    ['Prefix', token.prefix],
    ['Status', token.status === 'keyEnded' ? 'its key has ended or is paused' : token.status],
    ['Scope', scopeText(token)],
    ['Expires', time(token.expiresAt)],
  ])
}

/** What it narrows of its key. */
function scopeText({ modelPolicy, limits, ipAllowlist }: EphemeralToken): string {
  const caps = limitField.options.flatMap((field) => {
    const cap = limits[field]
    return cap === null ? [] : [limitInWords(field, cap)]
  })
  const models = modelPolicy.mode === 'selected' ? `models ${modelPolicy.models.join(', ')}` : 'no models'
  const parts = [
    ...(modelPolicy.mode === 'all' ? [] : [models]),
    ...caps,
    ...(ipAllowlist.length === 0 ? [] : [`from ${ipAllowlist.join(', ')}`]),
  ]
  return parts.join('; ') || 'as its key'
}
