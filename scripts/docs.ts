/**
 * Writes the pages and tables of docs/ that follow from the code: `node scripts/docs.ts` writes them, `--check` fails when
 * one of them is not what the code says. A whole page is generated, or a part of a page between two markers.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clientSnippets } from '../src/shared/client-snippets.ts'
import { routeTable } from '../src/main/gateway/routes.ts'
import { accountErrors } from '../src/shared/errors/accounts.ts'
import { gatewayErrors } from '../src/shared/errors/gateway.ts'
import { limitErrors } from '../src/shared/errors/limits.ts'
import { operatorErrors } from '../src/shared/errors/operator.ts'
import { resetErrors } from '../src/shared/errors/resets.ts'
import type { ErrorSpec } from '../src/shared/errors/spec.ts'
import { tokenErrors } from '../src/shared/errors/tokens.ts'
import { type SettingSpec, settingsTable } from '../src/shared/settings.ts'

const root = join(import.meta.dirname, '..')

export interface GeneratedPage {
  readonly path: string
  /** The page as it should be, made from the page as it is. */
  render(current: string): string
}

export const generatedPages: readonly GeneratedPage[] = [
  { path: 'docs/errors.md', render: errorsPage },
  { path: 'docs/settings.md', render: settingsPage },
  { path: 'docs/clients.md', render: clientsPage },
]

/** Pages that differ from what they should be. */
export function stalePages(): string[] {
  return generatedPages.filter(({ path, render }) => render(read(path)) !== read(path)).map(({ path }) => path)
}

function read(path: string): string {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch {
    return '' // A page that is not there yet is written whole.
  }
}

/** Every table is one row per entry; a bar in a text would end its cell. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

/** Replaces what stands between `<!-- name:begin -->` and `<!-- name:end -->`. */
export function withTable(page: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`]
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`The page has no markers ${begin} and ${end}.`)
  return `${page.slice(0, from + begin.length)}\n\n${content}\n\n${page.slice(to)}`
}

// Errors

type Codes = Readonly<Record<string, ErrorSpec>>

interface ErrorGroup {
  readonly title: string
  readonly intro: string
  readonly codes: readonly string[]
}

/** From each code named here to the next one, in the order of the table. */
const gatewayGroups = [
  { title: 'The key', first: 'api_key_missing', intro: 'The Pool API key that came with the request, and its Pool.' },
  { title: 'The request', first: 'host_not_allowed', intro: 'The request itself, before any policy is asked.' },
  { title: 'Policy and capacity', first: 'model_not_allowed', intro: 'What the key, the Pool and the gateway allow.' },
  { title: 'The upstream', first: 'upstream_unreachable', intro: 'Something behind the gateway failed.' },
  {
    title: 'In the log only',
    first: 'client_closed',
    intro: 'No client is answered with these: its connection was broken, by itself or by Weir.',
  },
]

const limitGroups = [{ title: 'Limits', first: 'limit_reached', intro: 'What the operator allows the key to use up.' }]

const tokenGroups = [
  { title: 'Ephemeral tokens', first: 'token_expired', intro: 'What a key lends for a while, and its making.' },
]

const operatorGroups = [
  {
    title: 'The operator surface',
    first: 'unauthorized',
    intro: 'The admin port, the `weir` command and their calls.',
  },
  { title: 'Secrets', first: 'secret_store_unavailable', intro: 'The keychain and the passphrase vault.' },
  {
    title: 'The start and the database',
    first: 'invalid_option',
    intro: 'Weir does not start, or a command cannot work. The exit code says which kind it is.',
  },
]

const accountGroups = [
  {
    title: 'ChatGPT accounts',
    first: 'account_flow_over',
    intro: 'Signing in to an account, and keeping it signed in.',
  },
]

const resetGroups = [
  {
    title: 'Saved resets',
    first: 'reset_pending',
    intro: 'Using what a provider keeps for an account to be used by hand.',
  },
]

function grouped(codes: Codes, groups: readonly { title: string; first: string; intro: string }[]): ErrorGroup[] {
  const names = Object.keys(codes)
  const starts = [...groups.map(({ first }) => names.indexOf(first)), names.length]
  if (starts[0] !== 0 || starts.some((start, index) => index > 0 && start <= (starts[index - 1] ?? 0))) {
    throw new Error('The groups of errors do not follow the order of the table.')
  }
  return groups.map(({ title, intro }, index) => ({
    title,
    intro,
    codes: names.slice(starts[index], starts[index + 1]),
  }))
}

function errorRow(code: string, spec: ErrorSpec, withCodex: boolean): string[] {
  const { status, codexStatus = status, retry, meaning, next } = spec
  return [`\`${code}\``, String(status), ...(withCodex ? [String(codexStatus)] : []), retry, meaning, next]
}

function errorSection(codes: Codes, group: ErrorGroup, withCodex: boolean): string {
  const head = ['code', 'status', ...(withCodex ? ['to Codex'] : []), 'retry', 'meaning', 'next step']
  const rows = group.codes.map((code) => {
    const spec = codes[code]
    if (spec === undefined) throw new Error(`no such code: ${code}`)
    return errorRow(code, spec, withCodex)
  })
  return `### ${group.title}\n\n${group.intro}\n\n${table(head, rows)}\n`
}

function errorsPage(): string {
  const gateway = grouped(gatewayErrors, gatewayGroups).map((group) => errorSection(gatewayErrors, group, true))
  const tokens = grouped(tokenErrors, tokenGroups).map((group) => errorSection(tokenErrors, group, true))
  const limits = grouped(limitErrors, limitGroups).map((group) => errorSection(limitErrors, group, true))
  const operator = grouped(operatorErrors, operatorGroups).map((group) => errorSection(operatorErrors, group, false))
  const accounts = grouped(accountErrors, accountGroups).map((group) => errorSection(accountErrors, group, false))
  const resets = grouped(resetErrors, resetGroups).map((group) => errorSection(resetErrors, group, false))
  return `${ERRORS_HEAD}\n## What a client is answered\n\n${CLIENT_ERRORS}\n${[...gateway, ...tokens, ...limits].join('\n')}
## What an operator is answered\n\n${OPERATOR_ERRORS}\n${[...operator, ...accounts, ...resets].join('\n')}`
}

const GENERATED = '<!-- Generated from the code: node scripts/docs.ts -->\n'

const ERRORS_HEAD = `# Errors

${GENERATED}
Every error of Weir has one of these codes. The same code stands in the answer, in the request log and here. The list is
closed: \`src/shared/errors/\` is the only place that makes one.
`

const CLIENT_ERRORS = `Clients get the shape of OpenAI's API, and the id under which the request stands in the log:

\`\`\`
HTTP/1.1 403 Forbidden
x-weir-request-id: req_003oc5no0lc1
x-should-retry: false

{"error":{"message":"The key sk-weir-… may not use the model \\"gpt-5.5\\".","type":"permission_error","param":null,"code":"model_not_allowed"}}
\`\`\`

The status is chosen by what real clients do with it. With retry **never** the same request cannot succeed: the answer
carries \`x-should-retry: false\`, and one request is all it costs. With retry **later** it may: the answer carries
\`Retry-After\`. Codex repeats a 401, 403, 404 or 413 six times and a 5xx thirty times, but stops at once on 400 and waits on
429; so it is answered with the status in its own column.
`

const OPERATOR_ERRORS = `The operator surface answers a call with \`{"ok":false,"error":{"code","message","details"}}\`. A call that reached the core
is answered with HTTP 200 whatever its outcome; the status below is what the admin port answers where it refuses a call
itself. The \`weir\` command prints the message and ends with the exit code that the README lists.
`

// Settings

function settingsPage(): string {
  const areas = Map.groupBy(
    Object.entries(settingsTable) as [string, SettingSpec][],
    ([key]) => key.split('.')[0] ?? '',
  )
  const sections = [...areas].map(([area, settings]) => {
    const rows = settings.map(([key, spec]) => [
      `\`${key}\``,
      valueOf(spec),
      rangeOf(spec),
      spec.help,
      spec.restart ? 'at the next start' : 'at once',
    ])
    return `## ${area}\n\n${table(['setting', 'default', 'allowed', 'what it does', 'takes effect'], rows)}\n`
  })
  return `${SETTINGS_HEAD}\n${sections.join('\n')}`
}

const SETTINGS_HEAD = `# Settings

${GENERATED}
\`npx weir settings list\` shows them with their present values, \`npx weir settings set KEY VALUE\` changes one,
\`npx weir settings reset KEY\` puts the default back. Values are entered in milliseconds or bytes, as the setting's name
ends. Only what you changed is stored, so a better default of a later version reaches you. A flag or variable of the start
overrides the stored value of its setting for that run; the list then names it. Every change is in the audit log.
`

function valueOf({ default: initial, unit }: SettingSpec): string {
  if (Array.isArray(initial)) return initial.length === 0 ? 'none' : initial.map((item) => `\`${item}\``).join(', ')
  if (typeof initial === 'number') return amount(initial, unit)
  if (typeof initial === 'boolean') return initial ? 'on' : 'off'
  return initial === '' ? 'empty' : `\`${String(initial)}\``
}

/** From the schema itself, so that it cannot differ from what is checked. */
function rangeOf({ schema, unit }: SettingSpec): string {
  const { minimum, maximum, type, maxItems, description } = schema.toJSONSchema() as Record<string, unknown>
  if (typeof minimum === 'number' && typeof maximum === 'number') {
    return `${amount(minimum, unit)} to ${amount(maximum, unit)}`
  }
  if (type === 'boolean') return 'on, off'
  if (typeof description === 'string') return description
  return type === 'array' ? `a list of up to ${String(maxItems)}` : 'an address or name'
}

const WHOLE_UNITS = {
  days: [[1, 'days']],
  ms: [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
    [1, 'ms'],
  ],
  bytes: [
    [1_073_741_824, 'GiB'],
    [1_048_576, 'MiB'],
    [1_024, 'KiB'],
    [1, 'bytes'],
  ],
} as const

/** As a person would say it, exactly: in the largest unit of which it is a whole number. A port is no amount. */
function amount(value: number, unit: SettingSpec['unit']): string {
  if (unit === 'none') return String(value)
  const digits = value.toLocaleString('en-US')
  if (unit === 'count' || value === 0) return digits
  const [size, name] = WHOLE_UNITS[unit].find(([bytes]) => value % bytes === 0) ?? [1, unit]
  return size === 1 ? `${digits} ${name}` : `${(value / size).toLocaleString('en-US')} ${name}`
}

// Clients

/** The address and model of the examples. The page shows the same text as the app, which has it from the same place. */
const EXAMPLE = { baseUrl: 'http://127.0.0.1:4141', model: 'gpt-5.5' }

function clientsPage(current: string): string {
  const snippets = clientSnippets(EXAMPLE).map(
    ({ id, language, code }) => [id, `\`\`\`${language}\n${code}\n\`\`\``] as const,
  )
  const parts = [['routes', routesTable(routeTable)] as const, ...snippets]
  return parts.reduce((page, [name, text]) => withTable(page, name, text), current)
}

// Routes

export function routesTable(routes: typeof routeTable): string {
  const rows = routes.map(({ method, path, help }) => [method, `\`${path}\``, help])
  return table(['method', 'path', 'what it does'], rows)
}

if (import.meta.main) {
  const stale = stalePages()
  const isCheck = process.argv.includes('--check')
  if (!isCheck) for (const { path, render } of generatedPages) writeFileSync(join(root, path), render(read(path)))
  const verb = isCheck ? 'is not what the code says; run: node scripts/docs.ts' : 'written'
  process.stdout.write(stale.map((path) => `${path} ${verb}\n`).join(''))
  if (isCheck && stale.length > 0) process.exitCode = 1
}
