import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkIpRule, normaliseIpRules } from './ip-rules.ts'
import { ipRule } from './models/key.ts'

describe('ip-rules', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    [' 10.1.2.3/8 ', '10.0.0.0/8'],
    ['192.168.1.5/32', '192.168.1.5'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:0:0:0:1/64', '2001:db8:0:1::/64'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['::/0', '::/0'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::ffff:a00:1/104', '10.0.0.0/8'],
  ])('brings %s into the form %s', (text, rule) => {
    expect(checkIpRule(text)).toEqual({ ok: true, rule, changed: rule !== text.trim() })
  })

  it.each([
    '',
    'localhost',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4/33',
    '1.2.3.4/',
    '1.2.3.4/1/2',
    '::/129',
    '1::2::3',
  ])('refuses %j, as the contract does', (text) => {
    expect(checkIpRule(text).ok).toBe(false)
    expect(ipRule.safeParse(text).success).toBe(false)
  })

  it('leaves out what another rule contains, and says which one', () => {
    const given = ['10.0.0.7', '10.0.0.0/8', '10.1.0.0/16', '::1', '::1', '11.0.0.1', '::/0']
    expect(normaliseIpRules(given)).toEqual({
      rules: ['10.0.0.0/8', '11.0.0.1', '::/0'],
      merged: [
        { rule: '10.0.0.7', into: '10.0.0.0/8' },
        { rule: '10.1.0.0/16', into: '10.0.0.0/8' },
        { rule: '::1', into: '::/0' },
        { rule: '::1', into: '::/0' },
      ],
    })
  })

  it('takes every rule that the contract takes', () => {
    const rule = fc.oneof(fc.ipV4(), fc.ipV6()).filter((text) => ipRule.safeParse(text).success)
    expect(fc.check(fc.property(rule, (text) => checkIpRule(text).ok)).counterexample).toBeNull()
  })
})
