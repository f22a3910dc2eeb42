/**
 * A core that can be closed and made anew while its host stays: the window, the control channel and their subscriptions go
 * on with the next one. Calls that arrive meanwhile wait for it.
 */
import type { CoreEvent } from '../../shared/contract.ts'
import type { Core } from './headless/core.ts'

export interface RestartDeps {
  /** Gets what restarts the core it makes. */
  readonly create: (restart: () => void) => Promise<Core>
  /** The old core is closed and there is no new one. */
  readonly onFailure: (error: unknown) => void
}

/** @throws what the first start throws. */
export async function createRestartableCore({ create, onFailure }: RestartDeps): Promise<Core> {
  const listeners = new Set<(event: CoreEvent) => void>()
  let isClosing = false
  let core = await start()
  let current: Promise<Core> = Promise.resolve(core)

  async function start(): Promise<Core> {
    const started = await create(restart)
    started.subscribe(tell)
    return started
  }

  function tell(event: CoreEvent): void {
    for (const listener of listeners) listener(event)
  }

  function restart(): void {
    if (isClosing) return
    current = current.then(async (old) => {
      await old.close()
      core = await start()
      tell({ type: 'system.changed' })
      return core
    })
    current.catch(onFailure)
  }

  return {
    dispatch: async (route, input, caller) => (await current).dispatch(route, input, caller),
    subscribe(listener) {
      // Wrapped, so that the same function subscribed twice is told twice and each ends on its own.
      const own = (event: CoreEvent) => listener(event)
      listeners.add(own)
      return () => listeners.delete(own)
    },
    get gatewayUrl() {
      return core.gatewayUrl
    },
    settings: () => core.settings(),
    openExport: (id) => core.openExport(id),
    async close() {
      isClosing = true
      return (await current).close()
    },
  }
}
