import { setTimeout as wait } from 'node:timers/promises'
import type { Call } from '../../host/headless/call.ts'
import { AppError } from '../../../shared/errors.ts'
import { MAX_AUTH_FILE_BYTES, type AccountFlow } from '../../../shared/models/account.ts'
import type { Upstream } from '../../../shared/models/upstream.ts'
import { choice, clearable } from '../arguments.ts'
import type { Answer, Command, Context, FlagSpec, Io } from '../command.ts'
import { facts, table, time } from '../format.ts'
import { findUpstream } from '../lookup.ts'

const METHODS = ['browser', 'device', 'import', 'token'] as const
const POLL_MS = 500

const signInFlags: readonly FlagSpec[] = [
  {
    name: 'method',
    value: METHODS.join('|'),
    help: 'How to sign in. import and token read stdin: an auth.json of Codex, a business access token.',
  },
  { name: 'codex', help: 'With --method import: the auth.json of your own Codex instead of stdin.' },
  { name: 'proxy', value: 'URL', help: 'An http proxy for the sign-in and for the account.' },
  { name: 'issuer', value: 'URL', help: 'Who signs in, if not the setting accounts.issuer.' },
]

export const accountCommands: readonly Command[] = [
  {
    words: ['account', 'add'],
    args: [],
    flags: [
      ...signInFlags,
      { name: 'name', value: 'NAME', help: "The upstream's name, if not the account's email address." },
      { name: 'base-url', value: 'URL', help: "The backend's address, if not ChatGPT's own." },
    ],
    help: 'Sign in to a ChatGPT account and add it as an upstream.',
    run: async (context) => signIn(context, null),
  },
  { words: ['account', 'list'], args: [], flags: [], help: 'List the ChatGPT accounts with their state.', run: list },
  {
    words: ['account', 'relink'],
    args: [{ name: 'UPSTREAM' }],
    flags: signInFlags,
    help: 'Sign in to the account of an upstream again.',
    run: async (context) =>
      signIn(context, accountOnly(await findUpstream(context.call, context.input.args[0] ?? '')).id),
  },
]

function accountOnly(upstream: Upstream): Upstream {
  if (upstream.kind === 'chatgpt') return upstream
  throw new AppError('account_not_signed_in', `"${upstream.name}" is no ChatGPT account.`)
}

async function signIn({ call, input, io }: Context, upstreamId: string | null): Promise<Answer> {
  const method = choice(input, 'method', METHODS) ?? 'browser'
  const target = {
    upstreamId: upstreamId ?? undefined,
    name: input.text('name'),
    baseUrl: input.text('base-url'),
    issuer: input.text('issuer'),
    proxyUrl: clearable(input, 'proxy'),
  }
  if (method === 'browser' || method === 'device') {
    const id = await finished(call, io, await call('account.begin', { method, ...target }))
    return answerFor(await call('upstream.get', { id }), null)
  }
  const { upstream, warning } =
    method === 'token'
      ? await call('account.import', { source: 'token', token: await readStdin(io, 'token'), ...target })
      : input.isOn('codex')
        ? await call('account.import', { source: 'home', ...target })
        : await call('account.import', { source: 'text', text: await readStdin(io, 'auth.json'), ...target })
  return answerFor(upstream, warning)
}

/** Tells the operator what to do, on stderr, and waits for the end. Returns the upstream's id. */
async function finished(call: Call, io: Io, begun: AccountFlow): Promise<string> {
  const { id, url, userCode, listens, hint } = begun
  io.stderr(
    userCode === null ? `Open this address and sign in:\n${url}\n` : `Open ${url} and enter the code ${userCode}\n`,
  )
  if (userCode === null && !listens) {
    io.stderr(`${hint ?? ''}\n`)
    const callbackUrl = await readStdin(io, 'address')
    return endOf(await call('account.complete', { id, callbackUrl }))
  }
  for (;;) {
    const flow = await call('account.flow', { id })
    if (flow.state !== 'waiting' && flow.state !== 'finishing') return endOf(flow)
    await wait(POLL_MS)
  }
}

function endOf({ state, upstreamId, error }: AccountFlow): string {
  if (state === 'done' && upstreamId !== null) return upstreamId
  if (error === null) throw new AppError('account_flow_over', `The sign-in is over: it is ${state}.`)
  throw new AppError('account_flow_over', `${error.message} ${error.next} (${error.code})`)
}

/** The first line of an address, else all there is. */
async function readStdin(io: Io, what: 'token' | 'auth.json' | 'address'): Promise<string> {
  if (what === 'token' && io.stdin.isTTY === true) {
    throw new AppError('invalid_option', 'A terminal would show the token: pipe it into stdin instead.')
  }
  let text = ''
  for await (const chunk of io.stdin) {
    text += chunk.toString()
    if (text.length > MAX_AUTH_FILE_BYTES) throw new AppError('invalid_input', `stdin holds more than an ${what}.`)
    if (what === 'address' && text.includes('\n')) break
  }
  if (text.trim() === '') throw new AppError('invalid_input', `stdin was empty: there is no ${what} in it.`)
  return text.trim()
}

function answerFor(upstream: Upstream, warning: string | null): Answer {
  return { json: { upstream, warning }, text: describe(upstream) + (warning === null ? '' : `\n${warning}\n`) }
}

function untilOf(account: Upstream['account'], unknown: string): string {
  const expiresAt = account?.expiresAt ?? null
  return expiresAt === null ? unknown : time(expiresAt)
}

function describe({ name, id, account, health }: Upstream): string {
  return facts([
    ['Upstream', name],
    ['Id', id],
    ['Account', account?.email ?? account?.accountId ?? 'unknown'],
    ['Plan', account?.plan ?? 'unknown'],
    ['State', health.reason === null ? health.state : `${health.state}: ${health.reason}`],
    ['Token until', untilOf(account, 'not known')],
  ])
}

async function list({ call }: Context): Promise<Answer> {
  const accounts = (await call('upstream.list', {})).filter(({ kind }) => kind === 'chatgpt')
  const rows = accounts.map(({ name, account, health, id }) => [
    name,
    account?.email ?? '-',
    account?.plan ?? '-',
    health.state,
    untilOf(account, '-'),
    id,
  ])
  const head = ['Name', 'Account', 'Plan', 'State', 'Token until', 'Id']
  return { json: accounts, text: table(head, rows, 'No accounts yet. `weir account add` signs in to one.') }
}
