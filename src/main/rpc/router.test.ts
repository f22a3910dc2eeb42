import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createServicesRig, type ServicesRig } from '../../../test/support/services-rig.ts'
import type { Services } from '../services/services.ts'
import { createHandlers } from './handlers.ts'
import { createRouter } from './router.ts'

let rig: ServicesRig
beforeEach(async () => {
  rig = await createServicesRig()
})
afterEach(async () => rig.close())

describe('router', () => {
  it.each(['', 'nothing.here', 'toString', '__proto__', 'constructor'])('knows no route %j', async (route) => {
    await expect(rig.call(route, {})).resolves.toMatchObject({ ok: false, error: { code: 'unknown_route' } })
  })

  it('names every wrong field and repeats no value', async () => {
    const result = await rig.call('key.create', {
      poolId: 7,
      name: '',
      ipAllowlist: ['sk-planted-secret'],
      expiresAt: 'x',
    })
    expect(result).toMatchObject({ ok: false, error: { code: 'invalid_input' } })
    const text = JSON.stringify(result)
    expect(text).toMatch(/poolId: .*name: .*ipAllowlist\.0: Invalid IPv4 address or Invalid IPv6 address.*expiresAt: /)
    expect(text).not.toContain('planted')
  })

  it('hands a service’s error on as it is', async () => {
    const result = await rig.call('pool.get', { id: 'sk-planted-secret' })
    expect(result).toEqual({
      ok: false,
      error: { code: 'not_found', message: 'There is no Pool with this id. List them and use an id from there.' },
    })
  })

  it('keeps the words of an unexpected error to the log, and the input out of both', async () => {
    const logged: unknown[] = []
    const broken: Services = {
      ...rig.services,
      system: {
        ...rig.services.system,
        status: () => {
          throw new Error('inner words')
        },
      },
    }
    const dispatch = createRouter(createHandlers(broken), {
      error: (message, facts) => logged.push({ message, ...facts }),
    })
    const result = await dispatch('system.status', { note: 'planted' }, { actor: 'operator' })
    expect(result).toMatchObject({ ok: false, error: { code: 'internal' } })
    expect(JSON.stringify(result)).not.toContain('inner words')
    expect(logged).toMatchObject([{ route: 'system.status', cause: { message: 'inner words' } }])
    expect(JSON.stringify(logged)).not.toContain('planted')
  })

  it('takes no input for an empty one', async () => {
    await expect(rig.call('pool.list')).resolves.toEqual({ ok: true, value: [] })
  })
})
