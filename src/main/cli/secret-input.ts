/**
 * Secrets for a command: from stdin or from a variable that is named, never from an argument, which every account of the
 * machine could read in the list of processes.
 */
import { AppError } from '../../shared/errors.ts'
import type { UpstreamSecret } from '../../shared/models/upstream.ts'
import type { FlagSpec, Input, Io } from './command.ts'

export const secretFlags: readonly FlagSpec[] = [
  { name: 'secret-stdin', help: 'Read the API key from stdin.' },
  { name: 'secret-env', value: 'NAME', help: 'Read the API key from this environment variable.' },
  {
    name: 'header-env',
    value: 'HEADER=NAME',
    many: true,
    help: 'Send this header with the value of an environment variable.',
  },
  {
    name: 'proxy-credentials-env',
    value: 'NAME',
    help: 'user:password for the proxy, from this environment variable.',
  },
]

/** Undefined when no flag gives one. */
export async function readSecret(input: Input, io: Io): Promise<UpstreamSecret | undefined> {
  const secret: UpstreamSecret = {}
  const variable = input.text('secret-env')
  if (input.isOn('secret-stdin') && variable !== undefined) {
    throw new AppError('invalid_option', 'Give --secret-stdin or --secret-env, not both.')
  }
  if (input.isOn('secret-stdin')) secret.apiKey = await readStdin(io)
  if (variable !== undefined) secret.apiKey = fromEnv(io, 'secret-env', variable)
  const headers = input.list('header-env').map((pair) => readHeader(io, pair))
  if (headers.length > 0) secret.headers = Object.fromEntries(headers)
  const proxy = input.text('proxy-credentials-env')
  if (proxy !== undefined) secret.proxyCredentials = fromEnv(io, 'proxy-credentials-env', proxy)
  return Object.keys(secret).length > 0 ? secret : undefined
}

function readHeader(io: Io, pair: string): [string, string] {
  const [, header, variable] = /^([A-Za-z0-9_-]+)=(\w+)$/.exec(pair) ?? []
  if (header === undefined || variable === undefined) {
    throw new AppError('invalid_option', '--header-env must be HEADER=NAME, with the name of an environment variable.')
  }
  return [header, fromEnv(io, 'header-env', variable)]
}

function fromEnv(io: Io, flag: string, variable: string): string {
  const value = io.env[variable]
  if (value !== undefined && value !== '') return value
  // A secret given by mistake in place of a name must not be printed back.
  const named = /^[A-Z_][A-Z0-9_]*$/.test(variable) ? ` ${variable}` : ''
  throw new AppError('invalid_option', `The environment variable${named} that --${flag} names is not set.`)
}

async function readStdin(io: Io): Promise<string> {
  if (io.stdin.isTTY === true) {
    throw new AppError('invalid_option', 'A terminal would show the secret: pipe it into --secret-stdin instead.')
  }
  let text = ''
  for await (const chunk of io.stdin) {
    text += chunk.toString()
    if (text.length > 65_536) throw new AppError('invalid_input', 'stdin holds more than a secret.')
  }
  const secret = text.replace(/\r?\n$/, '')
  if (secret === '') throw new AppError('invalid_input', 'stdin was empty: there is no secret in it.')
  return secret
}
