/**
 * The headless host from first flag to last byte: core, operator surface, control channel, announcement, and everything
 * in reverse on the first signal. Resolves with the exit code.
 */
import { networkInterfaces } from 'node:os'
import { AppError } from '../../../shared/errors.ts'
import { isLoopback } from '../../../shared/loopback.ts'
import { helpText, type Options, parseOptions } from '../../options.ts'
import { createRestartableCore } from '../restartable-core.ts'
import { steadyCreate } from '../steady-create.ts'
import { openAdminServer, type AdminServer } from './admin-server.ts'
import { baseUrlOf, exposureText, type Ready, readyJson, readyText } from './announce.ts'
import { localCall } from './call.ts'
import { openControlServer } from './control-server.ts'
import type { Core, CreateCore } from './core.ts'
import { ensureDemo } from './demo.ts'
import { exitCodeOf } from './exit-codes.ts'
import { joinRunning } from './join-running.ts'
import { createLog } from './log.ts'
import { findRendererBundle } from './renderer-bundle.ts'
import { startErrorText } from './start-error.ts'
import { untilSignal } from './until-signal.ts'

export interface HeadlessDeps {
  readonly argv: readonly string[]
  readonly env: Record<string, string | undefined>
  readonly createCore: CreateCore
  readonly askPassphrase?: () => Promise<string>
  readonly version: string
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
}

export async function runHeadless(deps: HeadlessDeps): Promise<number> {
  try {
    const options = parseOptions(deps.argv, deps.env)
    if (options.help) deps.stdout(helpText('npm start --'))
    else if (options.version) deps.stdout(`${deps.version}\n`)
    else await serveOrJoin(deps, options)
    return 0
  } catch (error) {
    deps.stderr(startErrorText(error))
    return exitCodeOf(AppError.from(error).code)
  }
}

async function serveOrJoin(deps: HeadlessDeps, options: Options): Promise<void> {
  try {
    await serve(deps, options)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'instance_running') throw error
    announce(deps, options, await joinRunning(options))
    const ignored = Object.values(options.overrides).map((override) => override.by)
    if (ignored.length > 0) deps.stderr(`Ignored, as it runs already: ${ignored.join(', ')}.\n`)
  }
}

async function serve(deps: HeadlessDeps, options: Options): Promise<void> {
  let admin: AdminServer | null = null
  let adminPort: number | null = null
  const create = steadyCreate(deps.createCore, options)
  const lost = Promise.withResolvers<never>()
  lost.promise.catch(() => {}) // It may come while nobody waits for it yet.
  const core = await createRestartableCore({
    create: (restart) =>
      create({
        signInLink: () => admin?.mintLink() ?? null,
        adminUrl: () => admin?.url ?? null,
        log: createLog(options.logLevel, deps.stderr),
        restart,
        // The page stays where it is, under every restart of the core.
        ...(adminPort === null ? {} : { kept: { 'admin.port': adminPort } }),
        ...(deps.askPassphrase === undefined ? {} : { askPassphrase: deps.askPassphrase }),
      }),
    onFailure: lost.reject,
  })
  adminPort = core.settings()['admin.port']
  const signal = untilSignal(deps.env['npm_lifecycle_event'] !== undefined)
  const closers: (() => Promise<unknown>)[] = []
  try {
    admin = await openAdminServer({
      dispatch: core.dispatch,
      subscribe: core.subscribe,
      openExport: core.openExport,
      port: adminPort,
      sessionMs: () => core.settings()['admin.sessionMs'],
      baseUrl: baseUrlOf(core.gatewayUrl),
      version: deps.version,
      bundle: findRendererBundle(import.meta.dirname),
    })
    closers.unshift(admin.close)
    const control = await openControlServer(options.dataDir, core.dispatch)
    closers.unshift(control.close)
    const demo = options.demo ? await ensureDemo(localCall(core.dispatch, 'system')) : null
    announce(deps, options, {
      baseUrl: baseUrlOf(core.gatewayUrl),
      adminUrl: admin.mintLink(),
      dataDir: options.dataDir,
      version: deps.version,
      demo,
      joined: false,
    })
    sayExposure(deps, core)
    deps.stderr(`\n${await Promise.race([signal, lost.promise])}: stopping. A second signal stops at once.\n`)
  } catch (error) {
    await closeAll(closers)
    // After a restart that failed there is none to close, and that is the error.
    await core.close().catch(() => {})
    throw error
  }
  await closeAll(closers)
  const { cut } = await core.close()
  deps.stderr(cut === 0 ? 'Stopped.\n' : `Stopped. Cut ${cut} running ${cut === 1 ? 'request' : 'requests'}.\n`)
}

async function closeAll(closers: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const close of closers) await close()
}

function announce(deps: HeadlessDeps, options: Options, ready: Ready): void {
  const isUsual = parseOptions([], { ...deps.env }).dataDir === ready.dataDir
  deps.stdout(options.json ? readyJson(ready) : readyText(ready, process.platform, isUsual))
  if (options.json && ready.demo?.rotated === true) {
    deps.stderr('The demo key was rotated to have one to show: the one printed before works no more.\n')
  }
}

function sayExposure(deps: HeadlessDeps, core: Core): void {
  const host = core.settings()['gateway.host']
  if (!isLoopback(host)) deps.stderr(`\n${exposureText(host, baseUrlOf(core.gatewayUrl), networkInterfaces())}`)
}
