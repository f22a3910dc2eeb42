/**
 * Creates the cores of one run, the second after the first. A restart must not lose what the run has: a port that the
 * system chose stays, a passphrase is asked for once, and an address that was saved but cannot be had gives way to the one
 * before, so that an operator who mistyped it is not left without a Weir.
 */
import { AppError } from '../../shared/errors.ts'
import type { Options } from '../options.ts'
import type { Core, CoreHooks, CreateCore } from './headless/core.ts'

interface Address {
  readonly host: string
  readonly port: number
}

export function steadyCreate(createCore: CreateCore, options: Options): (hooks: CoreHooks) => Promise<Core> {
  let last: Core | null = null
  let typed: Promise<string> | null = null

  /** A wrong one is asked for again. */
  function askOnce(hooks: CoreHooks): CoreHooks {
    const { askPassphrase } = hooks
    return askPassphrase === undefined ? hooks : { ...hooks, askPassphrase: () => (typed ??= askPassphrase()) }
  }

  async function again(before: Address, hooks: CoreHooks): Promise<Core> {
    try {
      return await createCore(keepingPort(options, before.port), hooks)
    } catch (thrown) {
      const { code, message } = AppError.from(thrown)
      if (code !== 'port_in_use' && code !== 'invalid_option') throw thrown
      hooks.log.error('the saved address cannot be had; the gateway listens where it did', { reason: message })
      return createCore(fixedTo(options, before), hooks)
    }
  }

  return async (given) => {
    const hooks = askOnce(given)
    try {
      last = last === null ? await createCore(options, hooks) : await again(addressOf(last), hooks)
      return last
    } catch (error) {
      typed = null
      throw error
    }
  }
}

/** Of a closed core: what its settings and its last URL say. */
function addressOf(core: Core): Address {
  return { host: core.settings()['gateway.host'], port: Number(new URL(core.gatewayUrl).port) }
}

function keepingPort(options: Options, port: number): Options {
  const given = options.overrides['gateway.port']
  if (given === undefined || given.value !== 0) return options
  return { ...options, overrides: { ...options.overrides, 'gateway.port': { ...given, value: port } } }
}

function fixedTo(options: Options, { host, port }: Address): Options {
  const by = 'the last restart, as the saved address could not be had'
  const overrides = { ...options.overrides, 'gateway.host': { value: host, by }, 'gateway.port': { value: port, by } }
  return { ...options, overrides }
}
