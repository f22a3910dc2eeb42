/** The two files with which Codex takes a Pool key for a ChatGPT login, as docs/clients.md has them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repoDir } from './paths.ts'

function block(page: string, name: string): string {
  const found = new RegExp(`<!-- ${name}:begin -->\\s*\`\`\`\\w+\\n([^]*?)\`\`\`\\s*<!-- ${name}:end -->`).exec(page)
  if (found?.[1] === undefined) throw new Error(`docs/clients.md has no block "${name}".`)
  return found[1]
}

const SOCKETS = 'supports_websockets = true\n'

export interface LoginOptions {
  /** Ends in `/v1`, or in `/backend-api/codex`, which has a table of its own for the provider. */
  readonly baseUrl: string
  readonly apiKey: string
  readonly sockets?: boolean
}

/** `config` is that of `config.toml`, whose last table is the provider's; `auth` that of `auth.json`. */
export function documentedLogin({ baseUrl, apiKey, sockets = false }: LoginOptions) {
  const page = readFileSync(join(repoDir, 'docs', 'clients.md'), 'utf8')
  const { origin, pathname } = new URL(baseUrl)
  const whole = block(page, 'codex-login')
  const table = pathname === '/v1' ? whole : block(page, 'codex-login-backend')
  const top = whole.slice(0, whole.indexOf('[model_providers.weir]'))
  const provider = table.slice(table.indexOf('[model_providers.weir]')).replace(SOCKETS, '')
  const config = `${top}${provider}${sockets ? SOCKETS : ''}`.replaceAll('http://127.0.0.1:4141', origin)
  if (!config.includes(`base_url = "${baseUrl}"`)) throw new Error(`docs/clients.md has no login at ${pathname}.`)
  return { config, auth: JSON.parse(block(page, 'codex-auth').replace('sk-weir-…', apiKey)) as object }
}
