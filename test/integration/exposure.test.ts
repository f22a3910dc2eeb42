/** Which doors other machines find open. A second address of this machine stands for the other machine. */
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import { makeTempDir } from '../support/temp-dir.ts'
import { type Host, startHost } from '../support/weir-process.ts'

const hosts: Host[] = []
afterEach(async () => {
  for (const host of hosts.splice(0)) {
    host.signal('SIGKILL')
    await host.ended
  }
})

async function start(args: readonly string[]): Promise<Host> {
  const host = await startHost(makeTempDir('exposure'), args)
  hosts.push(host)
  return host
}

/** Of the network where there is one; else another loopback address, which a listener on 127.0.0.1 does not serve either. */
function otherAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return all.find((entry) => !entry.internal && entry.family === 'IPv4')?.address ?? '127.0.0.2'
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, otherAddress())
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

const portOf = (url: string) => Number(new URL(url).port)

describe('the ports', () => {
  it('listen on loopback alone', async () => {
    const host = await start([])
    expect(await isOpen(portOf(host.baseUrl))).toBe(false)
    expect(await isOpen(portOf(host.adminUrl))).toBe(false)
  })

  it('of the operator never follows the gateway to the network', async () => {
    const host = await start(['--host', '0.0.0.0'])
    const models = `http://${otherAddress()}:${portOf(host.baseUrl)}/v1/models`
    const answer = await fetch(models, { headers: { authorization: `Bearer ${host.apiKey}` } })
    expect(answer.status).toBe(200)
    expect((await fetch(models)).status).toBe(401)
    expect(await isOpen(portOf(host.adminUrl))).toBe(false)
  })

  it('says what it exposes when the gateway goes to the network', async () => {
    const host = await start(['--host', '0.0.0.0'])
    const { stderr } = await host.until((seen) => seen.stderr.includes('Base URL for them'))
    expect(stderr).toContain('other machines')
    expect(stderr).toContain('unencrypted')
    expect(stderr).toContain('The operator surface stays on 127.0.0.1')
  })
})
