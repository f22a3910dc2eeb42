import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileIpAllowlist } from './ip-allowlist.ts'

const cases: readonly [rules: string[], address: string, allowed: boolean][] = [
  [['127.0.0.1'], '127.0.0.1', true],
  [['127.0.0.1'], '127.0.0.2', false],
  [['127.0.0.1'], '::ffff:127.0.0.1', true],
  [['127.0.0.1'], '::FFFF:127.0.0.1', true],
  [['127.0.0.1'], '::ffff:7f00:1', true],
  [['10.0.0.5/8'], '10.255.1.2', true],
  [['10.0.0.5/8'], '11.0.0.1', false],
  [['0.0.0.0/0'], '203.0.113.9', true],
  [['0.0.0.0/0'], '2001:db8::1', false],
  [['::/0'], '2001:db8::1', true],
  [['::/0'], '203.0.113.9', false],
  [['::1'], '::1', true],
  [['::1'], '0:0:0:0:0:0:0:1', true],
  [['2001:db8::/32'], '2001:db8:ffff::1', true],
  [['2001:db8::/32'], '2001:db9::1', false],
  [['fe80::/10'], 'fe80::1%eth0', true],
  [['::ffff:192.168.0.0/112'], '192.168.7.7', true],
  [['::ffff:192.168.0.0/112'], '192.169.7.7', false],
  [['10.0.0.1', '10.0.0.2'], '10.0.0.2', true],
  [['10.0.0.1'], '', false],
  [['10.0.0.1'], 'not an address', false],
]

describe('ip-allowlist', () => {
  it('allows every address by being absent when there are no rules', () => {
    expect(compileIpAllowlist([])).toBeNull()
  })

  it.each(cases)('%j lets %s through: %s', (rules, address, allowed) => {
    expect(compileIpAllowlist(rules)?.(address)).toBe(allowed)
  })

  it.each(['', 'host.example', '1.2.3.4/33', '::1/129', '1.2.3.4/x', '::ffff:1.2.3.4/64'])(
    'refuses the rule %j',
    (rule) => {
      expect(() => compileIpAllowlist([rule])).toThrow(RangeError)
    },
  )

  it('agrees with arithmetic on every IPv4 network', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (network, address, bits) => {
        const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
        const size = 2 ** (32 - bits)
        const expected = Math.floor(number(network) / size) === Math.floor(number(address) / size)
        const isAllowed = compileIpAllowlist([`${network}/${String(bits)}`])
        expect(isAllowed?.(address)).toBe(expected)
        expect(isAllowed?.(`::ffff:${address}`)).toBe(expected)
      }),
    )
  })
})
