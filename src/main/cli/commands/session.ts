import { AppError } from '../../../shared/errors.ts'
import type { LiveSession } from '../../../shared/models/session.ts'
import { parseCount } from '../arguments.ts'
import type { Answer, Command, Context, FlagSpec } from '../command.ts'
import { count, table, time } from '../format.ts'
import { findKey, findPool, findUpstream } from '../lookup.ts'

const filterFlags: readonly FlagSpec[] = [
  { name: 'upstream', value: 'NAME', help: 'Only those at this upstream.' },
  { name: 'key', value: 'KEY', help: 'Only those of this key: its prefix, id or name.' },
  { name: 'pool', value: 'NAME', help: 'Only those of this Pool.' },
]

export const sessionCommands: readonly Command[] = [
  {
    words: ['session', 'list'],
    args: [],
    flags: [...filterFlags, { name: 'limit', value: 'N', help: 'How many, 1 to 500; 100 unless told.' }],
    help: 'List the sessions and the upstreams that they are at, latest first.',
    run: list,
  },
  {
    words: ['session', 'release'],
    args: [{ name: 'ID', optional: true }],
    flags: [...filterFlags, { name: 'all', help: 'Release all of them, or all that the other flags name.' }],
    help: 'Let a session go: its next request goes by the usual order of its Pool.',
    run: release,
  },
]

async function filterOf({ call, input }: Context) {
  const [upstream, key, pool] = [input.text('upstream'), input.text('key'), input.text('pool')]
  return {
    ...(upstream === undefined ? {} : { upstreamId: (await findUpstream(call, upstream)).id }),
    ...(key === undefined ? {} : { keyId: (await findKey(call, key, pool)).id }),
    ...(pool === undefined ? {} : { poolId: (await findPool(call, pool)).id }),
  }
}

async function list(context: Context): Promise<Answer> {
  const { call, input } = context
  const limit = parseCount('limit', input.text('limit'), 500)
  const page = await call('session.list', { ...(await filterOf(context)), ...(limit === undefined ? {} : { limit }) })
  const nameOf = await namesOf(context)
  const rows = page.rows.map((row) => [
    row.id,
    nameOf(row.upstreamId),
    nameOf(row.keyId),
    nameOf(row.poolId),
    row.client,
    row.model,
    time(row.lastAt),
    count(row.requests),
    count(row.inputTokens),
    cachedShare(row),
    count(row.moves),
  ])
  const figures = ['Last request', 'Requests', 'Input', 'Cached', 'Moves']
  const head = ['Id', 'Upstream', 'Key', 'Pool', 'Client', 'Model', ...figures]
  const rest = page.total > page.rows.length ? `\n${count(page.total)} in all; --limit shows more.\n` : ''
  return { json: page, text: `${table(head, rows, 'No session is remembered.')}${rest}` }
}

async function namesOf({ call }: Context): Promise<(id: string) => string> {
  const [upstreams, keys, pools] = [
    await call('upstream.list', {}),
    await call('key.list', {}),
    await call('pool.list', {}),
  ]
  const names = new Map([...upstreams, ...keys, ...pools].map(({ id, name }) => [id, name]))
  return (id) => names.get(id) ?? id
}

function cachedShare({ inputTokens, cachedTokens }: LiveSession): string {
  return inputTokens === 0 ? '-' : `${Math.round((cachedTokens / inputTokens) * 100)} %`
}

async function release(context: Context): Promise<Answer> {
  const { call, input } = context
  const [id] = input.args
  if (id !== undefined) {
    const gone = await call('session.release', { id })
    if (gone.released) return { json: gone, text: 'Released the session.\n' }
    throw new AppError('not_found', 'There is no session with this id. `weir session list` shows what there is.')
  }
  if (!input.isOn('all')) {
    throw new AppError('invalid_option', 'Name a session by its id, or add --all, with --upstream, --key or --pool.')
  }
  const gone = await call('session.releaseAll', await filterOf(context))
  return { json: gone, text: `Released ${count(gone.released)} ${gone.released === 1 ? 'session' : 'sessions'}.\n` }
}
