import { describe, expect, it } from 'vitest'
import { refuseOwnAddress } from './loop-check.ts'

/** Knows its own addresses as literals only, as the composition root does. */
const isOwn = (url: URL) => ['127.0.0.1', '[::1]'].includes(url.hostname) && url.port === '4141'

describe('loop-check', () => {
  it.each([
    'http://127.0.0.1:4141/v1',
    'http://127.1:4141',
    'http://0x7f000001:4141',
    'http://localhost:4141',
    'http://[::1]:4141',
    'http://[::ffff:127.0.0.1]:4141',
  ])('refuses %s', async (address) => {
    await expect(refuseOwnAddress(isOwn, address, 'baseUrl')).rejects.toThrow(
      expect.objectContaining({ code: 'upstream_loops_back', details: { field: 'baseUrl' } }),
    )
  })

  it.each(['http://127.0.0.1:4142', 'http://192.0.2.7:4141', 'https://no-such-host.invalid:4141/v1'])(
    'lets %s through',
    async (address) => {
      await expect(refuseOwnAddress(isOwn, address, 'baseUrl')).resolves.toBeUndefined()
    },
  )

  it('waits for an answer that takes time', async () => {
    const slow = async (url: URL) => Promise.resolve(isOwn(url))
    await expect(refuseOwnAddress(slow, 'http://localhost:4141', 'proxyUrl')).rejects.toThrow(/proxyUrl/)
  })
})
