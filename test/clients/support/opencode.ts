/** The real OpenCode with a home of its own, pointed at a gateway through one of its two bundled OpenAI providers. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { opencodeEntry } from './paths.ts'
import { runClient } from './process.ts'

export interface OpencodeOptions {
  /** `@ai-sdk/openai-compatible` speaks chat, `@ai-sdk/openai` Responses. */
  readonly npm: '@ai-sdk/openai-compatible' | '@ai-sdk/openai'
  /** Ends in `/v1`. */
  readonly baseUrl: string
  readonly apiKey: string
  readonly env?: Readonly<Record<string, string>>
}

interface OpencodeEvent {
  readonly type: string
  readonly sessionID?: string
  readonly part?: {
    text?: string
    tool?: string
    state?: { status: string; input?: { command?: string }; output?: string }
  }
}

export interface OpencodeTurn {
  readonly code: number | null
  readonly sessionId: string | undefined
  readonly answer: string | undefined
  readonly commands: readonly { command: string; output: string; status: string }[]
  /** Everything it printed, colours removed. */
  readonly screen: string
}

export interface Opencode {
  /** `asText` prints for a reader instead of for a program; a `title` saves the request that would find one. */
  turn(
    model: string,
    prompt: string,
    options?: { resume?: string; asText?: boolean; title?: string },
  ): Promise<OpencodeTurn>
  close(): Promise<void>
}

const models = Object.fromEntries(
  ['sim-chat', 'sim-tools'].map((id) => [
    id,
    { name: id, tool_call: true, limit: { context: 200_000, output: 32_000 } },
  ]),
)

function configOf({ npm, baseUrl }: OpencodeOptions): object {
  return {
    autoupdate: false,
    share: 'disabled',
    permission: { bash: 'allow' },
    provider: { weir: { npm, name: 'Weir', options: { baseURL: baseUrl, apiKey: '{env:WEIR_API_KEY}' }, models } },
  }
}

function readTurn(code: number | null, stdout: string, stderr: string): OpencodeTurn {
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
  const events = lines.map((line) => JSON.parse(line) as OpencodeEvent)
  const tools = events.filter((event) => event.type === 'tool_use').flatMap((event) => event.part?.state ?? [])
  return {
    code,
    sessionId: events.find((event) => event.sessionID)?.sessionID,
    answer: events.findLast((event) => event.type === 'text')?.part?.text,
    commands: tools.map(({ status, input, output }) => ({
      command: input?.command ?? '',
      output: output ?? '',
      status,
    })),
    // oxlint-disable-next-line no-control-regex -- the escape character is what colours begin with
    screen: (stdout + stderr).replace(/\u001b\[[\d;]*m/g, ''),
  }
}

export async function createOpencode(options: OpencodeOptions): Promise<Opencode> {
  const home = await mkdtemp(join(tmpdir(), 'weir-opencode-'))
  const workDir = join(home, 'work')
  const config = join(home, 'opencode.json')
  await mkdir(workDir)
  await writeFile(config, JSON.stringify(configOf(options)))
  const env = {
    HOME: home,
    OPENCODE_CONFIG: config,
    ...Object.fromEntries(['CONFIG', 'DATA', 'CACHE', 'STATE'].map((kind) => [`XDG_${kind}_HOME`, join(home, kind)])),
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    OPENCODE_DISABLE_SHARE: '1',
    WEIR_API_KEY: options.apiKey,
    ...options.env,
  }

  return {
    async turn(model, prompt, { resume, asText = false, title } = {}) {
      const session = [...(resume ? ['--session', resume] : []), ...(title ? ['--title', title] : [])]
      const args = ['run', '-m', `weir/${model}`, ...session, ...(asText ? [] : ['--format', 'json']), prompt]
      const { code, stdout, stderr } = await runClient(opencodeEntry, args, { cwd: workDir, env })
      return readTurn(code, stdout, stderr)
    },
    async close() {
      await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    },
  }
}
