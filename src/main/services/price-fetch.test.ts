import { afterEach, describe, expect, it } from 'vitest'
import { closedPort, startHttpPeer, type Peer } from '../../../test/support/http-peer.ts'
import { fetchPriceList, lookupElsewhere } from './price-fetch.ts'

const peers: Peer[] = []
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.close()
})

async function serve(listener: Parameters<typeof startHttpPeer>[0]): Promise<string> {
  const peer = await startHttpPeer(listener)
  peers.push(peer)
  return peer.url
}

const local = { allowLoopback: true }

describe('fetchPriceList', () => {
  it('reads the list, and names it without what stands behind its path', async () => {
    const url = await serve((req, res) => res.end(`{"asked":"${req.url}"}`))
    expect(await fetchPriceList(`${url}/list.json?key=secret#x`, local)).toEqual({
      text: '{"asked":"/list.json?key=secret"}',
      origin: `${url}/list.json`,
    })
  })

  it('follows redirects, five at most', async () => {
    const url = await serve((req, res) => {
      const left = Number(req.url?.slice(1))
      if (left === 0) res.end('{}')
      else res.writeHead(302, { location: `/${left - 1}` }).end('elsewhere')
    })
    expect((await fetchPriceList(`${url}/5`, local)).text).toBe('{}')
    await expect(fetchPriceList(`${url}/6`, local)).rejects.toMatchObject({ code: 'price_list_unreachable' })
  })

  it.each([
    ['http://example.com/list.json', 'https'],
    ['ftp://example.com/list.json', 'https'],
    ['not an address', 'is no address'],
    ['https://user:secret@example.com/', 'a user or a password'],
    ['https://localhost/list.json', 'this machine'],
    ['https://sub.localhost/list.json', 'this machine'],
    ['https://127.0.0.1/', 'this machine'],
    ['https://127.9.9.9/', 'this machine'],
    ['https://2130706433/', 'this machine'],
    ['https://0x7f.1/', 'this machine'],
    ['https://0.0.0.0/', 'this machine'],
    ['https://[::1]/', 'this machine'],
    ['https://[::]/', 'this machine'],
    ['https://[::ffff:127.0.0.1]/', 'this machine'],
  ])('refuses %s', async (address, reason) => {
    const error = await fetchPriceList(address).catch((caught: unknown) => caught)
    expect(error).toMatchObject({
      code: 'price_list_not_allowed',
      message: expect.stringContaining(reason) as string,
    })
    expect(String(error)).not.toContain('secret')
  })

  it.each([true, false])('refuses a name that leads to this machine when it is looked up (all: %s)', async (all) => {
    const error = await new Promise((resolve) => lookupElsewhere('localhost', { all }, resolve))
    expect(error).toMatchObject({ code: 'WEIR_ADDRESS_NOT_ALLOWED' })
  })

  it('refuses a redirect to another scheme, and with it the user in an address', async () => {
    for (const location of ['file:///etc/passwd', 'ftp://example.com/', 'http://user:secret@127.0.0.1/']) {
      const url = await serve((_, res) => res.writeHead(301, { location }).end())
      await expect(fetchPriceList(url, local)).rejects.toMatchObject({ code: 'price_list_not_allowed' })
    }
  })

  it.each([404, 500, 204, 304])('says what the server answered: %i', async (status) => {
    const url = await serve((_, res) => res.writeHead(status).end())
    await expect(fetchPriceList(`${url}/secret`, local)).rejects.toMatchObject({
      code: 'price_list_unreachable',
      message: `${new URL(url).host} answered with status ${status}.`,
    })
  })

  it('is bounded in size, also without a length', async () => {
    const url = await serve((_, res) => {
      const part = Buffer.alloc(1024 * 1024, 32)
      const more = () => {
        while (res.writable && res.write(part));
      }
      res.on('drain', more)
      more()
    })
    await expect(fetchPriceList(url, local)).rejects.toMatchObject({ code: 'price_list_too_large' })
  })

  it('is bounded in time', async () => {
    const url = await serve((_, res) => res.write('{'))
    await expect(fetchPriceList(url, { ...local, timeoutMs: 300 })).rejects.toMatchObject({
      code: 'price_list_unreachable',
      message: expect.stringContaining('did not answer in time') as string,
    })
  })

  it('says where nothing listens and what does not exist', async () => {
    const port = await closedPort()
    await expect(fetchPriceList(`http://127.0.0.1:${port}/`, local)).rejects.toMatchObject({
      code: 'price_list_unreachable',
      message: `127.0.0.1:${port} refused the connection.`,
    })
    await expect(fetchPriceList('https://prices.invalid/')).rejects.toMatchObject({ code: 'price_list_unreachable' })
  })
})
