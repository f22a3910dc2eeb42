/** A secret is planted in every field of an upstream that takes one, and is nowhere once the form is closed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHttpPeer, startProxyPeer, type Peer } from '../support/http-peer.ts'
import { openPageRig, type PageRig } from '../support/page-rig.ts'
import { secretForms, type Place, type Secrets } from '../support/secret-forms.ts'
import { startHunt, type Hunt } from '../support/secret-hunt.ts'

let rig: PageRig
let hunt: Hunt
let provider: Peer
const closers: (() => Promise<unknown>)[] = []
let count = 0

beforeAll(async () => {
  rig = await openPageRig()
  hunt = await startHunt(rig)
  provider = await startHttpPeer((req, res) => {
    const isRefused = req.headers.authorization?.includes('refused') === true
    res.writeHead(isRefused ? 401 : 200, { 'content-type': 'application/json' })
    res.end(isRefused ? '{"error":{"message":"no"}}' : '{"data":[{"id":"one"}]}')
  })
}, 300_000)

afterAll(async () => {
  await rig?.close()
  for (const close of [...closers, () => provider?.close()]) await close()
})

/** Behind a proxy that lets in whoever has the password. */
async function prepare(isRefused: boolean): Promise<{ place: Place; secrets: Secrets }> {
  const word = isRefused ? 'refused' : 'good'
  const [apiKey, proxyPassword, headerValue] = [hunt.plant(word), hunt.plant('proxy'), hunt.plant('header')]
  const proxy = await startProxyPeer(`me:${isRefused ? 'another' : proxyPassword}`)
  closers.push(() => proxy.close())
  count += 1
  const place = { rig, baseUrl: `${provider.url}/v1`, proxyUrl: proxy.url, name: `Rack ${count}` }
  return { place, secrets: { apiKey, proxyPassword, headerValue } }
}

async function expectGone(secrets: Iterable<string>, held: readonly string[]): Promise<void> {
  for (const secret of secrets) await hunt.expectGone(secret, held)
}

const expectNowhere = (known: string) => hunt.expectNowhere(known)

const namesOf = async () => (await rig.call('upstream.list', {})).map(({ name }) => name)

describe.each(secretForms)('what is typed into $name', (form) => {
  async function fill(isRefused = false) {
    const { place, secrets } = await prepare(isRefused)
    await form.open(place)
    const typed = (await form.fill(place, secrets)).map((each) => secrets[each])
    for (const secret of typed) await hunt.expectTyped(secret)
    return { place, typed }
  }

  it('never leaves it when it is closed', async () => {
    const { place, typed } = await fill()
    await form.leave(place)
    await expectGone(typed, [])
  })

  it('is nowhere after a refusal', async () => {
    const { place, typed } = await fill(true)
    await form.submit(place)
    await rig.page
      .getByText(/upstream_auth_failed|proxy_failed|upstream_unreachable/)
      .first()
      .waitFor()
    await form.leave(place)
    await expectGone(typed, [`→ ${form.tries}`])
  })

  it('is nowhere after it was kept in spite of a refusal', async () => {
    const { place, typed } = await fill(true)
    await form.submit(place)
    await form.insist(place)
    await form.done(place)
    await expectGone(typed, [`→ ${form.tries}`, `→ ${form.keeps}`])
  })

  it('went to the core to be tried and to be kept, and is nowhere else', async () => {
    const { place, typed } = await fill()
    await form.submit(place)
    await form.done(place)
    await expectGone(typed, [`→ ${form.tries}`, `→ ${form.keeps}`])
    expect(await namesOf()).toContain(place.name)
    const { secret } = (await rig.call('upstream.list', {})).find(({ name }) => name === place.name) ?? {}
    expect(secret).toMatchObject({ hasApiKey: true, headerNames: typed.length > 1 ? ['X-Team'] : [] })
  })
})

describe('what is typed where no secret belongs', () => {
  it.each(['Base URL', 'HTTP proxy'])('does not leave the form: credentials in %s', async (name) => {
    const secret = hunt.plant('word')
    await rig.go('/upstreams/new?kind=openai-compatible')
    await rig.page.getByRole('button', { name: 'Proxy and headers' }).click()
    await rig.page.getByRole('textbox', { name, exact: true }).fill(`http://me:${secret}@127.0.0.1:3128`)
    await hunt.expectTyped(secret)
    await expect.poll(() => rig.page.getByRole('button', { name: 'Check and add' }).isDisabled()).toBe(true)
    await rig.page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await rig.page.getByRole('button', { name: 'Discard changes' }).click()
    await rig.page.waitForURL((url) => url.pathname === '/upstreams')
    await expectGone([secret], [])
  })
})

describe('everything that was typed', () => {
  it('is in no late answer or event, no log, file or backup', async () => {
    await expectNowhere('Rack 4')
  })
})
