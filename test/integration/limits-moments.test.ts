/** Requests that are between two moments: before the first byte is sent, a body that comes over midnight, a client that leaves as Weir is stopped. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openRawClient, requestBytes } from '../support/raw-client.ts'
import { chatBody, exactInput, startLimitsRig, type LimitsRig } from '../support/limits-rig.ts'
import { PLAN_HEADER } from '../support/limits-upstream.ts'

const MIDNIGHT = Date.UTC(2026, 3, 2)
const INPUT = exactInput(chatBody())

let rig: LimitsRig
afterEach(() => rig.close())

describe('a request whose body comes over midnight', () => {
  it('counts on the day on which it was let through, in memory and in the log', async () => {
    rig = await startLimitsRig({ now: MIDNIGHT - 100 })
    const key = rig.key({ requestsPerDay: 1 })
    const bytes = requestBytes({ key, body: chatBody() })
    const client = await openRawClient(rig.gateway.port)
    client.send(bytes.subarray(0, -10))
    await expect.poll(() => rig.gateway.core.gateway.requestsInFlight).toBe(1)
    expect((await rig.ask(key)).status).toBe(200)
    rig.clock.now = MIDNIGHT + 50
    client.send(bytes.subarray(-10))
    expect((await client.answer()).status).toBe(200)
    client.socket.destroy()
    // Both days are used up.
    expect((await rig.ask(key)).status).toBe(429)
    rig.gateway.journal.flush()
    const days = rig.gateway.db.$client.prepare(`select day, requests from usage_day where day <> '' order by day`)
    expect(days.all()).toEqual([
      { day: '2026-04-01', requests: 1 },
      { day: '2026-04-02', requests: 1 },
    ])
    const minutes = rig.gateway.db.$client.prepare(
      'select minute, requests - refused as n from usage_bucket where requests > refused order by 1',
    )
    expect(minutes.all()).toEqual([
      { minute: MIDNIGHT / 60_000 - 1, n: 1 },
      { minute: MIDNIGHT / 60_000, n: 1 },
    ])
  })
})

describe('a client that leaves as Weir is stopped', () => {
  it('is charged before the log is closed, though its prompt is still being counted', async () => {
    rig = await startLimitsRig({ now: MIDNIGHT })
    const key = rig.key({ tokensPerDay: 100_000 })
    const client = await openRawClient(rig.gateway.port)
    const headers = [[PLAN_HEADER, JSON.stringify({ holdAt: 'word' })]] as const
    client.send(requestBytes({ key, body: chatBody({ stream: true }), headers }))
    await client.until((body) => body.includes('one'))
    expect(rig.gateway.settled).toEqual([])
    client.reset()
    await expect.poll(() => rig.gateway.core.gateway.requestsInFlight, { interval: 1 }).toBe(0)
    await rig.gateway.close(1_000)
    expect(rig.gateway.settled).toMatchObject([
      { state: 'aborted', usageSource: 'estimated', usage: { input: INPUT, cached: 0, reasoning: 0 } },
    ])
  })
})

describe('a request that a limit counts', () => {
  it('is in the log before the upstream gets a byte of it, so that no kill makes it forgotten', async () => {
    rig = await startLimitsRig({ now: MIDNIGHT })
    const key = rig.key({ requestsPerDay: 100 })
    // Connections that stand are written to at once.
    await Promise.all(Array.from({ length: 5 }, () => rig.ask(key)))
    rig.gateway.journal.flush()
    const file = join(rig.gateway.dataDir, 'weir.journal')
    const notedAtSend: number[] = []
    const onSend = (): void => {
      notedAtSend.push(
        readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line.includes('127.0.0.1')).length,
      )
    }
    subscribe('undici:client:sendHeaders', onSend)
    try {
      const before = rig.upstream.bodies.length
      const asked = Array.from({ length: 5 }, () => rig.ask(key, { plan: { holdAt: 'head' } }))
      await rig.upstream.arrived(before + 5)
      rig.upstream.release()
      expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    } finally {
      unsubscribe('undici:client:sendHeaders', onSend)
    }
    expect(notedAtSend.map((noted, index) => noted > index)).toEqual([true, true, true, true, true])
  })
})
