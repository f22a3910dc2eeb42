import { auditText } from '../../../shared/audit-sentence.ts'
import { AppError } from '../../../shared/errors.ts'
import { auditFilter } from '../../../shared/models/audit.ts'
import {
  clientKind,
  type RequestDetail,
  type RequestFilterInput,
  requestState,
  type RequestSummary,
} from '../../../shared/models/request.ts'
import type { Call } from '../../host/headless/call.ts'
import { choice, parseCount } from '../arguments.ts'
import type { Answer, Command, Context } from '../command.ts'
import { followRequests } from '../follow.ts'
import { align, count, dollars, duration, facts, table, time } from '../format.ts'
import { findKey, findPool, findUpstream } from '../lookup.ts'
import { parseMoment } from '../moment.ts'

export const logCommands: readonly Command[] = [
  {
    words: ['logs'],
    args: [{ name: 'REQUEST', optional: true }],
    flags: [
      { name: 'limit', value: 'N', help: 'How many, 1 to 200; 50 unless told.' },
      { name: 'before', value: 'CURSOR', help: 'The page after this one; `next` of --json names it.' },
      { name: 'since', value: 'WHEN', help: 'Not older than: a span like 1h, or a date.' },
      { name: 'until', value: 'WHEN', help: 'Not newer than.' },
      { name: 'key', value: 'NAME', help: 'Of this key only.' },
      { name: 'pool', value: 'NAME', help: 'Of this Pool only.' },
      { name: 'upstream', value: 'NAME', help: 'Served by this upstream only.' },
      { name: 'model', value: 'ID', help: 'For this model only.' },
      { name: 'state', value: requestState.options.join('|'), help: 'In this state only.' },
      { name: 'error', value: 'CODE', help: 'With this error code only.' },
      { name: 'text', value: 'TEXT', help: 'Start of an id, or part of a key, model or error code.' },
      { name: 'client', value: clientKind.options.join('|'), help: 'From this kind of client only.' },
      { name: 'follow', help: 'Print requests as they end, until interrupted. With --json one object per line.' },
    ],
    help: 'The request log, newest first, or one request with its attempts.',
    needsInstance: (input) => input.isOn('follow'),
    run: logs,
  },
  {
    words: ['audit'],
    args: [],
    flags: [
      { name: 'limit', value: 'N', help: 'How many, 1 to 200; 50 unless told.' },
      { name: 'before', value: 'CURSOR', help: 'The page after this one; `next` of --json names it.' },
      { name: 'action', value: 'ACTION', help: 'Like key.rotate.' },
    ],
    help: 'Who changed what, newest first.',
    run: audit,
  },
]

async function logs(context: Context): Promise<Answer> {
  const { call, input, io, json } = context
  const [id] = input.args
  if (id !== undefined) {
    const detail = await call('request.get', { id })
    return { json: detail, text: await describe(detail, call) }
  }
  const filter = await readFilter(context)
  const names = await readNames(call)
  if (input.isOn('follow')) {
    const { before: _, limit: __, ...rest } = filter
    await followRequests(call, rest, (row) => {
      io.stdout(json ? `${JSON.stringify(row)}\n` : `${cells(row, names).join('  ')}\n`)
    })
  }
  const page = await call('request.list', filter)
  const more = page.next === null ? '' : `More: --before ${page.next}\n`
  const rows = page.rows.map((row) => cells(row, names))
  const head = [
    'Time',
    'Status',
    'Model',
    'Key',
    'Pool',
    'Upstream',
    'Tokens in/out',
    'First byte',
    'Total',
    'Error',
    'Id',
  ]
  return { json: page, text: `${table(head, rows, 'No requests match.')}${more}` }
}

async function readFilter({ call, input, io }: Context): Promise<RequestFilterInput> {
  const since = input.text('since')
  const until = input.text('until')
  const [key, pool, upstream] = [input.text('key'), input.text('pool'), input.text('upstream')]
  return {
    before: input.text('before'),
    limit: parseCount('limit', input.text('limit'), 200),
    from: since === undefined ? undefined : parseMoment('since', since, io.now(), 'ago'),
    to: until === undefined ? undefined : parseMoment('until', until, io.now(), 'ago'),
    keyId: key === undefined ? undefined : (await findKey(call, key, pool)).id,
    poolId: pool === undefined ? undefined : (await findPool(call, pool)).id,
    upstreamId: upstream === undefined ? undefined : (await findUpstream(call, upstream)).id,
    model: input.text('model'),
    state: choice(input, 'state', requestState.options),
    errorCode: input.text('error'),
    client: choice(input, 'client', clientKind.options),
    text: input.text('text'),
  } as RequestFilterInput
}

type Names = ReadonlyMap<string, string>

async function readNames(call: Call): Promise<Names> {
  const lists = await Promise.all([call('key.list', {}), call('pool.list', {}), call('upstream.list', {})])
  return new Map(lists.flat().map((row) => [row.id, row.name]))
}

function cells(row: RequestSummary, names: Names): string[] {
  const called = (id: string | null) => (id === null ? '-' : (names.get(id) ?? id))
  const sent = row.sentModel === null ? '' : ` -> ${row.sentModel}`
  return [
    time(row.at),
    row.status === null ? row.state : String(row.status),
    `${row.model ?? '-'}${sent}`,
    called(row.keyId),
    called(row.poolId),
    called(row.upstreamId),
    `${count(row.usage.input)}/${count(row.usage.output)}`,
    duration(row.firstByteMs),
    duration(row.durationMs),
    row.errorCode ?? '-',
    row.id,
  ]
}

async function describe(row: RequestDetail, call: Call): Promise<string> {
  const names = await readNames(call)
  const called = (id: string | null) => (id === null ? '-' : (names.get(id) ?? id))
  const { usage } = row
  const tries = row.tries.map((attempt) => [
    `  ${attempt.number}`,
    called(attempt.upstreamId),
    attempt.status === null ? '-' : String(attempt.status),
    duration(attempt.durationMs),
    attempt.errorCode ?? '-',
    attempt.cause ?? '',
  ])
  const left = row.exclusions.map((entry) => [`  ${called(entry.upstreamId)}`, entry.reason, time(entry.until)])
  return [
    facts([
      ['Request', row.id],
      ['Time', time(row.at)],
      ['State', `${row.state}, status ${row.status ?? '-'}${row.errorCode === null ? '' : `, ${row.errorCode}`}`],
      ['Route', `${row.route}${row.stream ? ', streamed' : ''}`],
      ['Model', row.sentModel === null ? (row.model ?? '-') : `${row.model ?? '-'}, sent as ${row.sentModel}`],
      ['Key', `${called(row.keyId)} of Pool ${called(row.poolId)}`],
      ['Upstream', called(row.upstreamId)],
      ['Client', `${row.client} at ${row.clientIp}`],
      [
        'Tokens',
        `${count(usage.input)} in (${count(usage.cached)} cached${writtenWords(usage)}), ${count(usage.output)} out (${count(usage.reasoning)} reasoning), ${row.usageSource}`,
      ],
      ['Cost', dollars(row.costNanos)],
      ['Time taken', `${duration(row.firstByteMs)} to the first byte, ${duration(row.durationMs)} in all`],
    ]),
    tries.length === 0 ? 'No attempt was made.\n' : `Attempts:\n${align(tries)}\n`,
    left.length === 0 ? '' : `Upstreams left out:\n${align(left)}\n`,
  ].join('')
}

/** Most requests write nothing into a cache. */
function writtenWords({ cacheWrite = 0 }: RequestDetail['usage']): string {
  return cacheWrite === 0 ? '' : `, ${count(cacheWrite)} written into the cache`
}

async function audit({ call, input }: Context): Promise<Answer> {
  const filter = auditFilter.partial().safeParse({
    before: input.text('before'),
    limit: parseCount('limit', input.text('limit'), 200),
    action: input.text('action'),
  })
  if (!filter.success) throw new AppError('invalid_option', 'The filter cannot be used.')
  const page = await call('audit.list', filter.data)
  const rows = page.rows.map((row) => [
    time(row.at),
    row.actor,
    row.action,
    auditText(row),
    row.outcome === 'success' ? 'ok' : (row.errorCode ?? 'failed'),
  ])
  const more = page.next === null ? '' : `More: --before ${page.next}\n`
  return { json: page, text: `${table(['Time', 'By', 'Action', 'What', 'Outcome'], rows, 'Nothing yet.')}${more}` }
}
