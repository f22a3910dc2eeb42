import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkIpRule, normaliseIpRules } from '../../shared/ip-rules.ts'
import { ipRule } from '../../shared/models/key.ts'
import { compileIpAllowlist } from '../gateway/ip-allowlist.ts'

describe('the addresses of a review', () => {
  it('let in whom the rules as written let in', () => {
    const v4 = fc.tuple(fc.ipV4(), fc.option(fc.integer({ min: 0, max: 32 })))
    const v6 = fc.tuple(fc.ipV6(), fc.option(fc.integer({ min: 0, max: 128 })))
    const rule = fc.oneof(v4, v6).map(([address, bits]) => (bits === null ? address : `${address}/${bits}`))
    const usable = rule.filter((text) => ipRule.safeParse(text).success && checkIpRule(text).ok)
    fc.assert(
      fc.property(
        fc.array(usable, { minLength: 1, maxLength: 6 }),
        fc.oneof(fc.ipV4(), fc.ipV6()),
        (rules, address) => {
          const normal = normaliseIpRules(rules).rules
          expect(normal.length).toBeGreaterThan(0)
          const asWritten = compileIpAllowlist(rules)
          const asNormal = compileIpAllowlist(normal)
          const near = rules[0]?.split('/')[0] ?? address
          for (const one of [address, near]) expect(asNormal?.(one)).toBe(asWritten?.(one))
        },
      ),
    )
  })
})
