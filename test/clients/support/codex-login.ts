/** The two files with which Codex takes a Pool key for a ChatGPT login, as docs/clients.md has them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repoDir } from './paths.ts'

function block(page: string, name: string): string {
  const found = new RegExp(`<!-- ${name}:begin -->\\s*\`\`\`\\w+\\n([^]*?)\`\`\`\\s*<!-- ${name}:end -->`).exec(page)
  if (found?.[1] === undefined) throw new Error(`docs/clients.md has no block "${name}".`)
  return found[1]
}

/** `config` is that of `config.toml`, `auth` that of `auth.json`. */
export function documentedLogin({ baseUrl, apiKey }: { readonly baseUrl: string; readonly apiKey: string }) {
  const page = readFileSync(join(repoDir, 'docs', 'clients.md'), 'utf8')
  const config = block(page, 'codex-login').replaceAll('http://127.0.0.1:4141', new URL(baseUrl).origin)
  return { config, auth: JSON.parse(block(page, 'codex-auth').replace('sk-weir-…', apiKey)) as object }
}
