import { describe, expect, it } from 'vitest'
import { createSignIns } from './sign-ins.ts'

const MINUTE = 60_000

function setUp(sessionMs = 10 * MINUTE) {
  const clock = { now: 1_000_000 }
  return { clock, signIns: createSignIns({ now: () => clock.now, sessionMs: () => sessionMs }) }
}

describe('sign-ins', () => {
  it('takes a link once', () => {
    const { signIns } = setUp()
    const token = signIns.mintLink()
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    expect([signIns.takeLink(token), signIns.takeLink(token)]).toEqual([true, false])
  })

  it('takes a link within fifteen minutes only', () => {
    const { clock, signIns } = setUp()
    const [early, late] = [signIns.mintLink(), signIns.mintLink()]
    clock.now += 15 * MINUTE - 1
    expect(signIns.takeLink(early)).toBe(true)
    clock.now += 1
    expect(signIns.takeLink(late)).toBe(false)
  })

  it('keeps a link when others are minted or tried', () => {
    const { signIns } = setUp()
    const token = signIns.mintLink()
    for (let tries = 0; tries < 200; tries += 1) {
      signIns.mintLink()
      expect(signIns.takeLink(`${token.slice(0, -1)}!`)).toBe(false)
    }
    expect(signIns.takeLink(token)).toBe(true)
  })

  it('does not take a link for a session or a session for a link', () => {
    const { signIns } = setUp()
    expect(signIns.sessionOf(signIns.mintLink())).toBeNull()
    expect(signIns.takeLink(signIns.openSession())).toBe(false)
  })

  it('ends a session by time, by sign-out, and when too many were opened', () => {
    const { clock, signIns } = setUp(MINUTE)
    const first = signIns.openSession()
    const name = signIns.sessionOf(first)
    expect(name).not.toBeNull()
    expect(signIns.isOpen(String(name))).toBe(true)
    signIns.closeSession(first)
    expect([signIns.sessionOf(first), signIns.isOpen(String(name))]).toEqual([null, false])
    const second = signIns.openSession()
    clock.now += MINUTE
    expect(signIns.sessionOf(second)).toBeNull()
    const third = signIns.openSession()
    for (let more = 0; more < 200; more += 1) signIns.openSession()
    expect(signIns.sessionOf(third)).toBeNull()
  })

  it('names a session by something that opens nothing', () => {
    const { signIns } = setUp()
    expect(signIns.sessionOf(String(signIns.sessionOf(signIns.openSession())))).toBeNull()
  })
})
