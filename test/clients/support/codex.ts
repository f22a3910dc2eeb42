/** The real Codex CLI with a home of its own, set up in one of the ways in which it reaches a gateway. */
import { appendFile, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readLimits, type CodexLimits } from './codex-limits.ts'
import { documentedLogin } from './codex-login.ts'
import { openCodexScreen, type CodexScreen } from './codex-screen.ts'
import { codexEntry } from './paths.ts'
import { runClient } from './process.ts'

/**
 * `custom`: a `model_providers` entry with `env_key`; HTTP only, plain bodies. `builtin`: `openai_base_url` and an API
 * key; tries a WebSocket first. `chatgpt`: `openai_base_url` and a ChatGPT login whose access token is the Pool key; a
 * WebSocket first, then zstd bodies. `login`: what docs/clients.md says for `/status`, a `model_providers` entry that takes
 * such a login; like `custom` without WebSockets unless it is told.
 */
export type CodexSetup = 'custom' | 'builtin' | 'chatgpt' | 'login'

export interface CodexOptions {
  readonly setup: CodexSetup
  /** Ends in `/v1`, or with `custom` and `login` in `/backend-api/codex`. */
  readonly baseUrl: string
  readonly apiKey: string
  readonly env?: Readonly<Record<string, string>>
  /** Of `custom` and `login`: it tries a WebSocket first, as the others do. */
  readonly sockets?: boolean
  /** Lines of its configuration, with a line end each. */
  readonly config?: string
}

export interface CodexEvent {
  readonly type: string
  readonly thread_id?: string
  readonly message?: string
  readonly error?: { message: string }
  readonly usage?: { input_tokens: number; output_tokens: number }
  readonly item?: {
    type: string
    text?: string
    message?: string
    command?: string
    aggregated_output?: string
    exit_code?: number
  }
}

/** A line of the file in which it keeps a session. */
export interface CodexRecord {
  readonly type: string
  readonly payload: Readonly<Record<string, unknown>>
}

export interface CodexTurn {
  readonly code: number | null
  readonly events: readonly CodexEvent[]
  readonly threadId: string | undefined
  /** The model's last message. */
  readonly answer: string | undefined
  /** Commands it ran, with what they printed. */
  readonly commands: readonly { command: string; output: string; exitCode: number | undefined }[]
  /** What the user reads when the turn fails. */
  readonly failure: string | undefined
  /** Everything it printed. */
  readonly screen: string
}

export interface Codex {
  readonly workDir: string
  turn(model: string, prompt: string, options?: { resume?: boolean }): Promise<CodexTurn>
  /** On a terminal, until the whole is closed. */
  open(model: string): Promise<CodexScreen>
  /** What its app server knows of the quota of whom it is signed in to; with a login only. */
  limits(): Promise<CodexLimits>
  /** What it wrote down of its latest session, in order. */
  written(): Promise<readonly CodexRecord[]>
  close(): Promise<void>
}

/** Without the last it waits for whom it cannot reach until it is stopped. */
const quietTables = `[analytics]
enabled = false
[features]
plugins = false
apps = false
unbounded_connection_retries = false
`
const quiet = `check_for_update_on_startup = false\n${quietTables}`

function configOf(options: CodexOptions): string {
  const { setup, baseUrl, sockets = false, config = '' } = options
  if (setup === 'login')
    return `check_for_update_on_startup = false\n${config}${documentedLogin(options).config}${quietTables}`
  if (setup !== 'custom') return `openai_base_url = "${baseUrl}"\n${config}${quiet}`
  const provider = `name = "Weir"\nbase_url = "${baseUrl}"\nwire_api = "responses"\nenv_key = "WEIR_API_KEY"\n`
  const ways = `supports_websockets = ${String(sockets)}\n`
  return `model_provider = "weir"\n${config}${quiet}[model_providers.weir]\n${provider}${ways}`
}

function idToken(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const account = { chatgpt_plan_type: 'pro', chatgpt_account_id: 'account-of-the-user', chatgpt_user_id: 'user' }
  const claims = { email: 'user@example.com', 'https://api.openai.com/auth': account }
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.${Buffer.from('unsigned').toString('base64url')}`
}

function authOf(options: CodexOptions): object | null {
  const { setup, apiKey } = options
  if (setup === 'custom') return null
  if (setup === 'login') return documentedLogin(options).auth
  if (setup === 'builtin') return { auth_mode: 'apikey', OPENAI_API_KEY: apiKey }
  const tokens = { id_token: idToken(), access_token: apiKey, refresh_token: 'none', account_id: 'account-of-the-user' }
  return { auth_mode: 'chatgpt', OPENAI_API_KEY: null, tokens, last_refresh: new Date().toISOString() }
}

function parseEvents(stdout: string): CodexEvent[] {
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => JSON.parse(line) as CodexEvent)
}

function readTurn(code: number | null, stdout: string, stderr: string): CodexTurn {
  const events = parseEvents(stdout)
  const items = events.filter((event) => event.type === 'item.completed').flatMap((event) => event.item ?? [])
  const commands = items.filter((item) => item.type === 'command_execution')
  return {
    code,
    events,
    threadId: events.find((event) => event.type === 'thread.started')?.thread_id,
    answer: items.findLast((item) => item.type === 'agent_message')?.text,
    commands: commands.map((item) => ({
      command: item.command ?? '',
      output: item.aggregated_output ?? '',
      exitCode: item.exit_code,
    })),
    failure: events.find((event) => event.type === 'turn.failed')?.error?.message,
    screen: stdout + stderr,
  }
}

export async function createCodex(options: CodexOptions): Promise<Codex> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'weir-codex-')))
  const codexHome = join(home, '.codex')
  const workDir = join(home, 'work')
  await Promise.all([mkdir(codexHome), mkdir(workDir)])
  await writeFile(join(codexHome, 'config.toml'), configOf(options))
  const auth = authOf(options)
  if (auth) await writeFile(join(codexHome, 'auth.json'), JSON.stringify(auth), { mode: 0o600 })
  const key = options.setup === 'custom' ? { WEIR_API_KEY: options.apiKey } : {}
  const env = { HOME: home, CODEX_HOME: codexHome, ...key, ...options.env }
  const screens: CodexScreen[] = []

  return {
    workDir,
    async turn(model, prompt, { resume = false } = {}) {
      const session = resume ? ['exec', 'resume', '--last'] : ['exec']
      // The command it runs is `echo` in a directory made for it, and its own sandbox does not work inside a container.
      const flags = ['--json', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', '-m', model]
      const args = [codexEntry, ...session, ...flags, prompt]
      const { code, stdout, stderr } = await runClient(process.execPath, args, { cwd: workDir, env })
      return readTurn(code, stdout, stderr)
    },
    async open(model) {
      await appendFile(join(codexHome, 'config.toml'), `[projects."${workDir}"]\ntrust_level = "trusted"\n`)
      const screen = openCodexScreen(model, { cwd: workDir, env })
      screens.push(screen)
      return screen
    },
    limits: () => readLimits(workDir, env),
    async written() {
      const sessions = join(codexHome, 'sessions')
      const files = (await readdir(sessions, { recursive: true })).filter((name) => name.endsWith('.jsonl')).sort()
      const text = await readFile(join(sessions, files.at(-1) ?? ''), 'utf8')
      return text.split('\n').flatMap((line) => (line === '' ? [] : (JSON.parse(line) as CodexRecord)))
    },
    async close() {
      await Promise.all(screens.map((screen) => screen.close()))
      await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    },
  }
}
