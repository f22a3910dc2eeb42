/** Sharing, diagnostics and what runs here, on the settings page in real Chromium. The gateway really moves. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeApps, startApp } from '../support/app-rig.ts'
import { changeAnswers, refuseCalls } from '../support/page-faults.ts'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'

/** Of the network, where there is one. */
const lan = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find((entry) => !entry.internal && entry.family === 'IPv4')?.address

let rig: PageRig
let page: Page
let served: Served
let port: number
const others: Server[] = []

async function occupied(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  others.push(server)
  return (server.address() as AddressInfo).port
}

async function freePort(): Promise<number> {
  const chosen = await occupied()
  const server = others.pop()
  server?.close()
  if (server !== undefined) await once(server, 'close')
  return chosen
}

beforeAll(async () => {
  port = await freePort()
  const first = await startApp({ argv: [], listen: false })
  await first.call('settings.update', { patch: { 'gateway.port': port } })
  await closeApps()
  rig = await openPageRig({ dataDir: first.dataDir, savedPort: true })
  page = rig.page
  served = await addSimulator(rig.call, 'Team')
}, 300_000)

afterAll(async () => {
  for (const server of others) server.close()
  await rig?.close()
})

const exposed = () => page.getByRole('region', { name: 'What is exposed' })
const move = () => page.getByRole('button', { name: 'Move the gateway' })
const portField = () => page.getByRole('textbox', { name: 'Port' })
const addresses = () => page.getByRole('region', { name: 'Addresses to give out' })
const dialog = () => page.getByRole('dialog')

describe('sharing', () => {
  it('says who can reach the gateway, under which address, and who does', async () => {
    await rig.go('/settings?tab=sharing')
    await exposed().getByText('Only this machine can reach the gateway').waitFor()
    await exposed().getByText('The operator surface stays on this machine').waitFor()
    await page.getByText('Nobody has sent a request since Weir started.').waitFor()
    await addresses()
      .getByRole('button', { name: `Copy base URL http://127.0.0.1:${port}/v1` })
      .click()
    await addresses().getByRole('button', { name: 'Copied' }).waitFor()
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(`http://127.0.0.1:${port}/v1`)
    expect(await sendRequest(rig, served.secret)).toBe(200)
    await page.reload()
    const client = page.getByRole('table', { name: 'Who is connected' }).getByRole('row').nth(1)
    await client.getByText('127.0.0.1').waitFor()
    await expect
      .poll(() => client.getByRole('link', { name: 'Team key' }).getAttribute('href'))
      .toBe(`/keys/${served.keyId}`)
  })

  it.each(['', '0', '70000', 'http'])('takes no port like %j', async (typed) => {
    await rig.go('/settings?tab=sharing')
    await portField().fill(typed)
    await page.getByText('Must be a whole number between 1 and 65535').waitFor()
    await expect.poll(() => move().isDisabled()).toBe(true)
    await page.getByText('The port cannot be used.').waitFor()
  })

  it('moves to another port at once, and back by undo', async () => {
    const next = await freePort()
    await rig.go('/settings?tab=sharing')
    await expect.poll(() => move().isDisabled()).toBe(true)
    await page.getByText('The gateway listens there already.').waitFor()
    await portField().fill(String(next))
    await move().click()
    await page.getByText(`The gateway listens on 127.0.0.1, port ${next}`).waitFor()
    await addresses().getByText(`http://127.0.0.1:${next}/v1`).waitFor()
    expect((await fetch(`http://127.0.0.1:${next}/healthz`)).status).toBe(200)
    await page.getByRole('button', { name: 'Undo' }).click()
    await addresses().getByText(`http://127.0.0.1:${port}/v1`).waitFor()
  })

  it('stays where it is when a port is taken, and says why', async () => {
    const taken = await occupied()
    await rig.go('/settings?tab=sharing')
    await portField().fill(String(taken))
    await move().click()
    await page.getByRole('alert').getByText('port_in_use').waitFor()
    await expect.poll(async () => (await rig.call('sharing.status', {})).port).toBe(port)
    const fields = ['port: is the port of the operator surface']
    const restore = await refuseCalls(page, 'sharing.set', {
      code: 'invalid_input',
      message: `${fields[0]}.`,
      details: { fields },
    })
    await portField().fill(String(await freePort()))
    await move().click()
    await page.getByText('is the port of the operator surface', { exact: true }).waitFor()
    await restore()
  })

  it.skipIf(lan === undefined)('opens to one interface once what that exposes was confirmed', async () => {
    await rig.go('/settings?tab=sharing')
    await page.locator(`input[type="radio"][value="${lan}"]`).check()
    await move().click()
    const statement = dialog().getByRole('list', { name: 'What this exposes' })
    await statement.getByText('can use the gateway with a valid Pool key').waitFor()
    await statement.getByText('cross the network unencrypted').waitFor()
    await axe(page)
    await dialog().getByRole('button', { name: 'Cancel' }).click()
    await expect.poll(async () => (await rig.call('sharing.status', {})).exposed).toBe(false)
    await move().click()
    await dialog().getByRole('button', { name: 'Open it' }).click()
    await exposed().getByText('Other machines can reach the gateway').waitFor()
    await addresses().getByText(`http://${lan}:${port}/v1`).waitFor()
    expect(await sendRequest({ gatewayUrl: `http://${lan}:${port}` }, served.secret)).toBe(200)
    await expect.poll(async () => (await rig.call('sharing.status', {})).clients.length).toBe(2)
    await axe(page)
    // Back to this machine needs no question.
    await page.getByRole('radio', { name: 'This machine only' }).check()
    await move().click()
    await exposed().getByText('Only this machine can reach the gateway').waitFor()
  })

  it('says what every interface means, and shows there what went wrong', async () => {
    await rig.go('/settings?tab=sharing')
    await page.getByRole('radio', { name: 'Every interface' }).check()
    await move().click()
    await dialog().getByText('also on those that appear later, such as a VPN').waitFor()
    const restore = await refuseCalls(page, 'sharing.set', { code: 'port_in_use', message: 'The port is taken there.' })
    await dialog().getByRole('button', { name: 'Open it' }).click()
    await dialog().getByRole('alert').getByText('The port is taken there.').waitFor()
    await restore()
    await dialog().getByRole('button', { name: 'Open it' }).click()
    await exposed().getByText('It listens on every interface').waitFor()
    await rig.call('sharing.set', { address: 'loopback' })
    await exposed().getByText('Only this machine can reach the gateway').waitFor()
  })

  it('says why it cannot be shown', async () => {
    const restore = await refuseCalls(page, 'sharing.status', { code: 'internal', message: 'Something went wrong.' })
    await rig.go('/settings?tab=sharing')
    await page.getByRole('alert').getByText('Sharing could not be loaded').waitFor()
    await restore()
    await page.getByRole('button', { name: 'Try again' }).click()
    await exposed().waitFor()
  })
})

describe('the diagnostics bundle', () => {
  const preview = () => page.getByRole('region', { name: 'What would be saved' })

  it('is shown as it would be saved, with names only where asked for', async () => {
    await rig.go('/settings?tab=diagnostics')
    await preview().getByText('"bundle": "weir diagnostics"').waitFor()
    await expect.poll(() => preview().textContent()).not.toContain('Team key')
    // Its state is in the address, so it follows a moment later.
    await page.getByRole('checkbox', { name: 'With the names of Pools, upstreams and keys' }).click()
    await page.waitForURL('**/settings?tab=diagnostics&names=1')
    await preview().getByText('Team key').waitFor()
    expect(await preview().textContent()).not.toContain(served.secret)
    await page.getByRole('button', { name: 'Copy all' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
  })

  it('is saved into the data directory, and says where', async () => {
    await rig.go('/settings?tab=diagnostics')
    await preview().waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    const saved = page.getByRole('region', { name: 'Saved bundle' })
    const path = (await saved.locator('code').textContent()) ?? ''
    expect(path.startsWith(rig.dataDir)).toBe(true)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ with: 'no names of records' })
    await saved.getByRole('button', { name: 'Dismiss' }).click()
    await saved.waitFor({ state: 'detached' })
  })

  it('that cannot be saved says why', async () => {
    await rig.go('/settings?tab=diagnostics')
    await preview().waitFor()
    const restore = await refuseCalls(page, 'diagnostics.save', { code: 'disk_full', message: 'The disk is full.' })
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('alert').getByText('disk_full').waitFor()
    await restore()
  })
})

describe('what runs here', () => {
  it('says version, directory and secret store', async () => {
    await rig.go('/settings?tab=about')
    await page.getByText(rig.dataDir).waitFor()
    await page.getByText('A vault in the data directory, locked with a passphrase').waitFor()
    await page.getByText('Usable', { exact: true }).waitFor()
    const { version } = await rig.call('system.status', {})
    await page.getByText(version, { exact: true }).waitFor()
  })

  it('says how to get a secret store where there is none', async () => {
    const reason = 'There is no keychain here.'
    const restore = await changeAnswers(page, 'system.status', (status) => ({
      ...status,
      canRestart: false,
      secretStore: { kind: 'none', usable: false, reason },
    }))
    await rig.go('/settings?tab=about')
    await page.getByText('Not usable').waitFor()
    await page.getByRole('tabpanel').getByText(reason).waitFor()
    await page.getByText('start Weir with WEIR_PASSPHRASE').waitFor()
    await expect.poll(() => page.getByRole('button', { name: 'Restart now' }).isDisabled()).toBe(true)
    await restore()
  })

  it('is shown in the colours that are chosen', async () => {
    await rig.go('/settings?tab=about')
    await page.getByText('Dark', { exact: true }).click()
    await page.locator('html[data-mantine-color-scheme="dark"]').waitFor()
    await page.getByText('System', { exact: true }).click()
    await page.locator('html[data-mantine-color-scheme="light"]').waitFor()
  })

  it('restarts in place once that is confirmed, and the page stays', async () => {
    const before = (await rig.call('system.status', {})).startedAt
    await rig.go('/settings?tab=about')
    await page.getByRole('button', { name: 'Restart now' }).click()
    await dialog().getByText('No request runs now.').waitFor()
    await dialog().getByRole('button', { name: 'Restart' }).click()
    await page.getByText('Weir restarts; the page stays').waitFor()
    await expect.poll(async () => (await rig.call('system.status', {})).startedAt).toBeGreaterThan(before)
    await page.getByRole('tab', { name: 'Sharing' }).click()
    await exposed().waitFor()
  })
})

describe('accessibility', () => {
  it.each(['light', 'dark'] as const)('in the %s scheme, at both sizes', async (scheme) => {
    await page.emulateMedia({ colorScheme: scheme })
    for (const size of [
      { width: 1280, height: 800 },
      { width: 900, height: 600 },
    ]) {
      await page.setViewportSize(size)
      for (const tab of ['sharing', 'diagnostics', 'about']) {
        await rig.go(`/settings?tab=${tab}`)
        await page
          .getByRole('tabpanel')
          .getByRole('heading')
          .or(page.getByRole('region', { name: 'What would be saved' }))
          .first()
          .waitFor()
        await axe(page)
        await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      }
    }
  })
})
