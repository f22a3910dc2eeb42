/** Weir as a subject: the built headless host, prepared over its operator surface like any operator would. */
import { existsSync, statSync } from 'node:fs'
import manifest from '../package.json' with { type: 'json' }
import { ALL_MODELS } from './answers.ts'
import { localFile, type Program, spawnNode, stopProcess } from './machine.ts'
import { allLimits, allOverrides, rates } from './policy.ts'
import type { Rig } from './rig.ts'
import { signIn } from './rpc-client.ts'

const BUNDLE = '../out/main/headless.js'

/** A vault instead of the keychain: the benchmark must neither ask the operator nor leave anything behind. */
export const WEIR_ENV = { WEIR_PASSPHRASE: 'benchmark passphrase', WEIR_LOG_LEVEL: 'error' }

/** What `npm start` gives Node. */
const nodeFlags = manifest.scripts.start.split(' ').filter((word) => word.startsWith('--'))

export function weirArgs(dataDir: string, port: number): string[] {
  return [...nodeFlags, localFile(BUNDLE), '--data-dir', dataDir, '--port', String(port), '--admin-port', '0', '--json']
}

/** When it was built: a rebuild during a run would mix two programs, since parts are loaded late. */
export function bundleBuiltAt(): number | null {
  return existsSync(localFile(BUNDLE)) ? statSync(localFile(BUNDLE)).mtimeMs : null
}

/** Creates the upstream, the Pool and the key in a new data directory; returns the key. `policy`: with every limit set. */
export async function prepareWeir(rig: Rig, dataDir: string, policy: boolean): Promise<string> {
  if (!existsSync(localFile(BUNDLE))) throw new Error('Weir is not built. Run `npm run build` first.')
  const child = spawnNode(weirArgs(dataDir, 0), { cores: rig.cores?.subject, env: WEIR_ENV })
  rig.children.add(child)
  child.once('exit', () => rig.children.delete(child))
  try {
    const operator = await signIn(await adminUrlOf(child))
    const upstream = await operator.call('upstream.create', {
      kind: 'openai-compatible',
      name: 'Benchmark upstream',
      baseUrl: `http://127.0.0.1:${rig.upstreamPort}/v1`,
      secret: { apiKey: 'upstream-secret' },
      manualModels: ALL_MODELS,
    })
    const pool = await operator.call('pool.create', {
      name: 'Benchmark',
      assignments: [{ upstreamId: upstream.id }],
    })
    const limited = policy ? { limits: allLimits, limitOverrides: allOverrides } : {}
    const { secret } = await operator.call('key.create', { poolId: pool.id, name: 'Load generator', ...limited })
    // Whatever the sections ask for: under a budget a model without a price is refused.
    for (const model of policy ? ALL_MODELS : []) await operator.call('price.set', { model, upstreamId: null, rates })
    operator.close()
    return secret
  } finally {
    await stopProcess(child)
  }
}

/** Reads the ready line, the first and only one on stdout. */
export async function adminUrlOf(child: Program): Promise<string> {
  const line = await child.firstLine
  if (line === '') throw new Error(`Weir ended before it was ready: ${child.said()}`)
  const { adminUrl } = JSON.parse(line) as { adminUrl: string | null }
  if (adminUrl === null) throw new Error('Weir printed no sign-in link.')
  return adminUrl
}
