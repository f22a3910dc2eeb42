import { describe, expect, it } from 'vitest'
import type { CoreEvent } from '../../shared/contract.ts'
import type { Core } from './headless/core.ts'
import { createRestartableCore } from './restartable-core.ts'

/** Cores that are numbered, and what happened to them. */
function setUp() {
  const log: string[] = []
  const emitters: ((event: CoreEvent) => void)[] = []
  const restarts: (() => void)[] = []
  const closing: PromiseWithResolvers<void>[] = []
  let failNext = false
  const failures: unknown[] = []
  const create = async (restart: () => void): Promise<Core> => {
    if (failNext) throw new Error('no port')
    const number = restarts.push(restart)
    const closed = Promise.withResolvers<void>()
    closing.push(closed)
    log.push(`start ${number}`)
    return {
      gatewayUrl: `http://127.0.0.1:${number}`,
      dispatch: async (route) => ({ ok: true, value: `${route} of ${number}` }),
      subscribe(listener) {
        emitters.push(listener)
        return () => {}
      },
      settings: () => {
        throw new Error('not asked for')
      },
      openExport: () => {
        throw new Error('not asked for')
      },
      async close() {
        await closed.promise
        log.push(`close ${number}`)
        return { cut: number }
      },
    }
  }
  return {
    log,
    emitters,
    restarts,
    closing,
    failures,
    failNext: () => (failNext = true),
    open: () => createRestartableCore({ create, onFailure: (error) => void failures.push(error) }),
  }
}

const caller = { actor: 'operator' } as const

describe('a core that restarts', () => {
  it('is closed before the next one is made, and calls wait for that', async () => {
    const { open, log, restarts, closing } = setUp()
    const core = await open()
    restarts[0]?.()
    const answer = core.dispatch('pool.list', {}, caller)
    closing[0]?.resolve()
    expect(await answer).toEqual({ ok: true, value: 'pool.list of 2' })
    expect(log).toEqual(['start 1', 'close 1', 'start 2'])
    expect(core.gatewayUrl).toBe('http://127.0.0.1:2')
  })

  it('keeps its subscribers, and tells them', async () => {
    const { open, emitters, restarts, closing } = setUp()
    const core = await open()
    const seen: CoreEvent[] = []
    const stop = core.subscribe((event) => void seen.push(event))
    emitters[0]?.({ type: 'settings.changed' })
    closing[0]?.resolve()
    restarts[0]?.()
    await core.dispatch('pool.list', {}, caller)
    emitters[1]?.({ type: 'settings.changed' })
    stop()
    emitters[1]?.({ type: 'settings.changed' })
    expect(seen).toEqual([{ type: 'settings.changed' }, { type: 'system.changed' }, { type: 'settings.changed' }])
  })

  it('closes the one that runs at the end, after a restart that was on its way', async () => {
    const { open, log, restarts, closing } = setUp()
    const core = await open()
    restarts[0]?.()
    const closed = core.close()
    restarts[0]?.()
    closing[0]?.resolve()
    await core.dispatch('pool.list', {}, caller)
    closing[1]?.resolve()
    expect(await closed).toEqual({ cut: 2 })
    expect(log).toEqual(['start 1', 'close 1', 'start 2', 'close 2'])
  })

  it('says when it could not be made again', async () => {
    const { open, failures, failNext, restarts, closing } = setUp()
    const core = await open()
    failNext()
    closing[0]?.resolve()
    restarts[0]?.()
    await expect(core.dispatch('pool.list', {}, caller)).rejects.toThrow('no port')
    expect(failures).toEqual([new Error('no port')])
  })
})
