import { describe, expect, it } from 'vitest'
import { createClientRoster } from './client-roster.ts'

const MINUTE_MS = 60_000

function roster() {
  const clock = { now: 1_000 * MINUTE_MS }
  const clients = createClientRoster(() => clock.now)
  const note = (clientIp: string, keyId = 'key_1') => clients.note({ clientIp, keyId, client: 'curl' })
  return { clock, clients, note }
}

describe('client roster', () => {
  it('counts the requests of the last ten minutes per address and key, the most recent first', () => {
    const { clock, clients, note } = roster()
    note('10.0.0.1')
    clock.now += 4 * MINUTE_MS
    note('10.0.0.1')
    note('10.0.0.1', 'key_2')
    clock.now += 1
    note('10.0.0.2')
    const seen = () => clients.list().map((row) => [row.address, row.keyId, row.recentRequests])
    expect(seen()).toEqual([
      ['10.0.0.2', 'key_1', 1],
      ['10.0.0.1', 'key_1', 2],
      ['10.0.0.1', 'key_2', 1],
    ])
    clock.now += 6 * MINUTE_MS
    expect(seen().map(([, , requests]) => requests)).toEqual([1, 1, 1])
    clock.now += 40 * MINUTE_MS
    expect(seen().map(([, , requests]) => requests)).toEqual([0, 0, 0])
    note('10.0.0.1')
    expect(seen()[0]).toEqual(['10.0.0.1', 'key_1', 1])
  })

  it('forgets the one that has been away for longest when there are too many', () => {
    const { clock, clients, note } = roster()
    for (let index = 0; index <= 200; index += 1) {
      clock.now += 1
      note(`10.0.${Math.floor(index / 250)}.${index % 250}`, `key_${index % 3}`)
    }
    const addresses = clients.list().map((row) => row.address)
    expect(addresses.length).toBe(200)
    expect(addresses).not.toContain('10.0.0.0')
    expect(addresses).toContain('10.0.0.1')
  })
})
