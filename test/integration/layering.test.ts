/** The rules of the house about who may import whom, and how long a file may be: broken on purpose, they must bite. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeTempDir } from '../support/temp-dir.ts'

const root = resolve(import.meta.dirname, '../..')
const oxlint = join(root, 'node_modules/oxlint/bin/oxlint')

interface Import {
  readonly file: string
  readonly from: string
}

interface Broken extends Import {
  /** What the lint says. */
  readonly rule: string
}

const ports = 'The gateway imports providers, dialects and shared; anything else is a port it declares.'
const composed = 'A host imports rpc and shared only; the composition root hands it the rest.'

const broken: readonly Broken[] = [
  { file: 'src/shared/models/x.ts', from: 'node:fs', rule: 'shared imports zod only: it runs anywhere.' },
  { file: 'src/shared/x.ts', from: '../main/db/open.ts', rule: 'shared imports zod only: it runs anywhere.' },
  { file: 'src/main/app.ts', from: 'electron', rule: 'Only host/electron imports electron.' },
  { file: 'src/main/cli/x.ts', from: 'electron/main', rule: 'Only host/electron imports electron.' },
  { file: 'src/main/db/x.ts', from: 'undici', rule: 'db speaks SQLite only.' },
  {
    file: 'src/main/db/x.ts',
    from: '../gateway/route.ts',
    rule: "db imports shared and the gateway's ports only.",
  },
  { file: 'src/main/db/schema/x.ts', from: '../../services/keys.ts', rule: 'db imports shared' },
  { file: 'src/main/secrets/x.ts', from: '../db/open.ts', rule: 'secrets imports shared only.' },
  { file: 'src/main/dialects/x.ts', from: '../providers/registry.ts', rule: 'dialects imports shared only.' },
  { file: 'src/main/dialects/x.ts', from: 'undici', rule: 'dialects imports shared only.' },
  { file: 'src/main/prices/x.ts', from: '../db/open.ts', rule: 'prices imports shared only.' },
  { file: 'src/main/threads/x.ts', from: '../db/open.ts', rule: 'threads imports shared only.' },
  { file: 'src/main/tokens/x.ts', from: '../db/open.ts', rule: 'tokens imports dialects, threads and shared only.' },
  {
    file: 'src/main/providers/x.ts',
    from: '../gateway/headers.ts',
    rule: 'providers imports dialects, shared and undici only.',
  },
  { file: 'src/main/providers/simulator/x.ts', from: '../../secrets/store.ts', rule: 'providers imports dialects' },
  { file: 'src/main/gateway/x.ts', from: '../db/journal.ts', rule: ports },
  { file: 'src/main/gateway/x.ts', from: 'better-sqlite3', rule: ports },
  { file: 'src/main/gateway/x.ts', from: '../secrets/store.ts', rule: ports },
  { file: 'src/main/gateway/x.ts', from: '../services/keys.ts', rule: ports },
  { file: 'src/main/services/x.ts', from: '../rpc/router.ts', rule: 'services imports db, secrets, providers' },
  { file: 'src/main/services/x.ts', from: '../app.ts', rule: 'services imports db, secrets, providers' },
  { file: 'src/main/rpc/handlers/x.ts', from: '../../db/pool-store.ts', rule: 'rpc imports services and shared only.' },
  { file: 'src/main/host/headless/x.ts', from: '../../services/keys.ts', rule: composed },
  { file: 'src/main/host/headless/x.ts', from: '../../db/open.ts', rule: composed },
  { file: 'src/main/host/headless/x.ts', from: '../../gateway/server.ts', rule: composed },
  { file: 'src/main/host/electron/x.ts', from: '../../services/keys.ts', rule: composed },
  { file: 'src/main/host/electron/x.ts', from: '../../app.ts', rule: composed },
  { file: 'src/preload/x.ts', from: 'node:fs', rule: 'The preload imports electron, and types of shared' },
  { file: 'src/preload/x.ts', from: 'zod', rule: 'The preload imports electron, and types of shared' },
  { file: 'src/preload/x.ts', from: '../main/app.ts', rule: 'The preload imports electron, and types of shared' },
  {
    file: 'src/preload/x.ts',
    from: '../shared/contract.ts',
    rule: 'The preload imports electron, and types of shared',
  },
  { file: 'src/renderer/lib/x.ts', from: 'node:path', rule: 'The page imports shared only.' },
  { file: 'src/renderer/lib/x.ts', from: '../../main/services/keys.ts', rule: 'The page imports shared only.' },
  { file: 'src/renderer/shell/x.tsx', from: 'zod', rule: 'The page imports shared only.' },
  { file: 'src/renderer/shell/x.tsx', from: 'electron', rule: 'The page imports shared only.' },
  { file: 'src/renderer/lib/x.ts', from: '../../shared/models/key.ts', rule: 'The page takes types from here' },
  { file: 'src/renderer/lib/x.ts', from: '../../shared/contract.ts', rule: 'The page takes types from here' },
  { file: 'src/renderer/features/keys/x.tsx', from: '../pools/page.tsx', rule: 'Features never import features' },
  { file: 'src/renderer/components/x.tsx', from: '../features/pools/page.tsx', rule: 'Features never import features' },
]

const permitted: readonly Import[] = [
  { file: 'src/shared/models/x.ts', from: 'zod' },
  { file: 'src/main/db/x.ts', from: '../gateway/ports.ts' },
  { file: 'src/main/db/y.ts', from: 'better-sqlite3' },
  { file: 'src/main/secrets/x.ts', from: '../../shared/errors.ts' },
  { file: 'src/main/dialects/x.ts', from: '../../shared/models/request.ts' },
  { file: 'src/main/prices/x.ts', from: '../../shared/models/price.ts' },
  { file: 'src/main/tokens/x.ts', from: '../threads/entry-file.ts' },
  { file: 'src/main/tokens/y.ts', from: '../dialects/dialect.ts' },
  { file: 'src/main/providers/x.ts', from: '../dialects/dialect.ts' },
  { file: 'src/main/providers/y.ts', from: 'undici' },
  { file: 'src/main/gateway/x.ts', from: '../providers/registry.ts' },
  { file: 'src/main/services/x.ts', from: '../db/pool-store.ts' },
  { file: 'src/main/services/y.ts', from: '../secrets/store.ts' },
  { file: 'src/main/rpc/handlers/x.ts', from: '../../services/services.ts' },
  { file: 'src/main/host/headless/x.ts', from: '../../../shared/contract.ts' },
  { file: 'src/main/host/electron/x.ts', from: 'electron' },
  { file: 'src/preload/x.ts', from: 'electron' },
  { file: 'src/main/app.ts', from: './db/open.ts' },
  { file: 'src/renderer/lib/x.ts', from: '../../shared/errors.ts' },
  { file: 'src/renderer/features/keys/x.tsx', from: '../../components/copy.tsx' },
]

/** Lints these imports alone, in a tree of the same shape under the same rules. */
function lint(imports: readonly Import[]): { status: number | null; output: string } {
  const tree = makeTempDir('layers')
  copyFileSync(join(root, '.oxlintrc.json'), join(tree, '.oxlintrc.json'))
  for (const { file, from } of imports) {
    mkdirSync(dirname(join(tree, file)), { recursive: true })
    writeFileSync(join(tree, file), `import { thing } from '${from}'\n\nexport const other = thing\n`)
  }
  const run = spawnSync(process.execPath, [oxlint, '--deny-warnings'], { cwd: tree, encoding: 'utf8' })
  return { status: run.status, output: `${run.stdout}${run.stderr}` }
}

describe('the rules about imports', () => {
  it.each(broken)('fail the build when $file imports $from', ({ file, from, rule }) => {
    const { status, output } = lint([{ file, from }])
    expect(status).toBe(1)
    expect(output).toContain('no-restricted-imports')
    expect(output.replaceAll(/\s+/g, ' ')).toContain(rule)
    expect(output).toContain(file)
  })

  it('let through what each layer may import', () => {
    expect(lint(permitted)).toMatchObject({ status: 0 })
  })

  it('fail the build when imports go in a circle', () => {
    const circle = [
      { file: 'src/main/gateway/a.ts', from: './b.ts' },
      { file: 'src/main/gateway/b.ts', from: './a.ts' },
    ]
    const { status, output } = lint(circle)
    expect(status).toBe(1)
    expect(output).toContain('no-cycle')
  })

  it('cover every folder of the core', () => {
    const config = JSON.parse(readFileSync(join(root, '.oxlintrc.json'), 'utf8')) as {
      overrides: { files: string[]; rules: Record<string, unknown> }[]
    }
    const rules = config.overrides.filter((entry) => 'no-restricted-imports' in entry.rules)
    const ruled = new Set(rules.flatMap(({ files }) => files))
    const folders = readdirSync(join(root, 'src/main'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    // The command belongs to its entry: it may use whatever an entry may.
    const missing = folders.filter(({ name }) => name !== 'cli' && !ruled.has(`src/main/${name}/**/*.ts`))
    expect(missing.map(({ name }) => name)).toEqual([])
  })
})

describe('a source file', () => {
  it('has at most 400 lines', () => {
    const files = ['src', 'scripts', 'bench', 'bin', 'test'].flatMap((folder) => sourcesUnder(join(root, folder)))
    expect(files.length).toBeGreaterThan(200)
    const long = files
      .map((file) => ({ file: relative(root, file), lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > 400)
    expect(long).toEqual([])
  })
})

function sourcesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourcesUnder(path)
    return /\.(ts|tsx|mjs|js|html|css)$/.test(entry.name) ? [path] : []
  })
}
