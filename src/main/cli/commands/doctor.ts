import type { RouteOutput } from '../../../shared/contract.ts'
import { AppError } from '../../../shared/errors.ts'
import { withoutKeySecret } from '../../../shared/key-text.ts'
import { doctorRoute, type DoctorFact, type DoctorReport, type DoctorStep } from '../../../shared/models/doctor.ts'
import { clientKind } from '../../../shared/models/request.ts'
import type { Call } from '../../host/headless/call.ts'
import { choice } from '../arguments.ts'
import type { Answer, Command, Context, Input } from '../command.ts'
import { align, time } from '../format.ts'
import { findKey } from '../lookup.ts'
import { readSecret } from '../secret-input.ts'

export const doctorCommands: readonly Command[] = [
  {
    words: ['doctor'],
    args: [],
    flags: [
      { name: 'key', value: 'KEY', help: 'The key, by prefix, name or id; or a token, by prefix or id.' },
      { name: 'pool', value: 'NAME', help: 'Its Pool, where several keys have that name.' },
      { name: 'secret-stdin', help: 'Try this whole key as well, read from stdin.' },
      { name: 'secret-env', value: 'NAME', help: 'The same, from an environment variable.' },
      { name: 'model', value: 'ID', help: 'The model, as the client asks for it.' },
      { name: 'route', value: doctorRoute.options.join('|'), help: 'What is asked; chat when left out.' },
      { name: 'input', value: 'TOKENS', help: 'Input of the request; 1000 when left out.' },
      { name: 'bytes', value: 'N', help: 'Size of its body.' },
      { name: 'output', value: 'TOKENS', help: "The client's own maximum; none when left out." },
      { name: 'tier', value: 'NAME', help: 'The service tier that it asks for.' },
      { name: 'session', value: 'NAME', help: 'The session that it belongs to, as the client calls it.' },
      { name: 'address', value: 'IP', help: 'Where it comes from; 127.0.0.1 when left out.' },
      { name: 'client', value: clientKind.options.join('|'), help: 'Which program asks: some get other statuses.' },
      { name: 'stream', help: 'It asks for a stream.' },
    ],
    help: 'Say step by step what a request would be answered, and why; without a key, whether Weir can serve at all.',
    run: doctor,
  },
]

async function doctor({ call, input, io }: Context): Promise<Answer> {
  const named = input.text('key')
  const secret = (await readSecret(input, io))?.apiKey
  if (named === undefined && secret === undefined) {
    if (input.text('model') === undefined) return installation(call)
    throw new AppError('invalid_option', 'Name a key with --key, or give its secret with --secret-stdin.')
  }
  const key = named === undefined ? undefined : await idOf(call, withoutKeySecret(named), input.text('pool'))
  const report = await call('key.doctor', {
    key,
    secret,
    model: input.text('model') ?? '',
    route: choice(input, 'route', doctorRoute.options),
    inputTokens: sizeOf(input, 'input'),
    inputBytes: sizeOf(input, 'bytes'),
    outputTokens: sizeOf(input, 'output'),
    serviceTier: input.text('tier'),
    session: input.text('session'),
    address: input.text('address'),
    client: choice(input, 'client', clientKind.options),
    stream: input.isOn('stream'),
  })
  return { json: report, text: textOf(report), exitCode: report.passes ? 0 : 1 }
}

/** The core finds tokens by themselves; names are of keys only. */
async function idOf(call: Call, named: string, pool: string | undefined): Promise<string> {
  return /^(?:et-weir-|tok_)/.test(named) ? named : (await findKey(call, named, pool)).id
}

function sizeOf(input: Input, flag: string): number | undefined {
  const text = input.text(flag)?.replaceAll(/[_,]/g, '')
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new AppError('invalid_option', `--${flag} is "${text}", but must be a whole number.`)
}

interface Check {
  readonly name: string
  readonly ok: boolean
  readonly found: string
}

/** Whether anything at all can be served. */
async function installation(call: Context['call']): Promise<Answer> {
  const checks = checksOf(await call('system.status', {}), await call('upstream.list', {}))
  const ok = checks.every((check) => check.ok)
  const lines = align(checks.map((check) => [MARKS[check.ok ? 'pass' : 'fail'], check.name, check.found]))
  const next = ok ? 'Requests can be served. Name a key and a model to ask about one.' : 'See above what is missing.'
  return { json: { ok, checks }, text: printable(`${lines}\n\n${next}\n`), exitCode: ok ? 0 : 1 }
}

function checksOf(
  { gateway, secretStore }: RouteOutput<'system.status'>,
  upstreams: RouteOutput<'upstream.list'>,
): readonly Check[] {
  const ready = upstreams.filter(({ health }) => health.state === 'ready')
  return [
    { name: 'Gateway', ok: gateway.listening, found: gateway.listening ? gateway.url : 'not listening' },
    { name: 'Request log', ok: gateway.accountingError === null, found: gateway.accountingError ?? 'can be written' },
    { name: 'Secret store', ok: secretStore.usable, found: secretStore.reason ?? secretStore.kind },
    { name: 'Upstreams', ok: ready.length > 0, found: `${ready.length} of ${upstreams.length} ready` },
  ]
}

const MARKS = { pass: 'ok', warning: 'note', fail: 'FAIL', skipped: '-' } as const

function textOf({ key, token, steps, passes, answer }: DoctorReport): string {
  const { status, code, message, retryAfterSeconds } = answer
  const wait = retryAfterSeconds === null ? '' : `, Retry-After ${retryAfterSeconds} s`
  const lent = token === null ? '' : `Token ${token.name ?? token.prefix} (${token.prefix})\n`
  const head = key === null ? '' : `${lent}Key ${key.name ?? key.prefix} (${key.prefix})\n\n`
  const end = passes ? 'It would pass.' : `It would be refused: ${status} ${code ?? ''}${wait}.`
  return printable(`${head}${steps.map(stepText).join('')}\n${end} ${message}\n`)
}

function stepText({ verdict, title, summary, facts, fix }: DoctorStep): string {
  const lines = facts.map((each) => `${' '.repeat(7)}${factText(each)}\n`).join('')
  const advice = fix === null ? '' : `${' '.repeat(5)}> ${fix.text}\n`
  return `${MARKS[verdict].padEnd(4)} ${title}: ${summary}\n${lines}${advice}`
}

function factText({ label, value, verdict, at }: DoctorFact): string {
  const words = [value, at === null ? '' : time(at)].filter((part) => part !== '').join(' ')
  return `${label}: ${words}${verdict === 'fail' ? '  FAIL' : ''}`
}

/** Names are the operator's and the provider's words. */
function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]+/gu, ' ')
}
