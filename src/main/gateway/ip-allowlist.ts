/**
 * A key's IP allowlist, compiled once per change. An IPv4 client that reaches a dual-stack socket appears as
 * `::ffff:1.2.3.4` and counts as IPv4. The two families are kept apart, because one BlockList would let `::/0` match
 * every IPv4 address as well.
 */
import { BlockList, isIP, isIPv4 } from 'node:net'

const MAPPED = /^::ffff:/i

/** The address as it is compared: mapped IPv4 unwrapped, zone removed. Null for anything that is not an address. */
function normalise(address: string): { readonly text: string; readonly family: 'ipv4' | 'ipv6' } | null {
  const zone = address.indexOf('%')
  const bare = zone === -1 ? address : address.slice(0, zone)
  const inner = MAPPED.test(bare) ? bare.slice(7) : bare
  if (isIPv4(inner)) return { text: inner, family: 'ipv4' }
  const hextets = inner === bare ? null : /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(inner)
  if (hextets) {
    const value = Number.parseInt(hextets[1] ?? '', 16) * 0x1_0000 + Number.parseInt(hextets[2] ?? '', 16)
    return { text: [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.'), family: 'ipv4' }
  }
  return isIP(bare) === 6 ? { text: bare, family: 'ipv6' } : null
}

/** Null without rules: every address is allowed. Throws a RangeError for a rule that is no address and no network. */
export function compileIpAllowlist(rules: readonly string[]): ((address: string) => boolean) | null {
  if (rules.length === 0) return null
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const rule of rules) {
    const slash = rule.indexOf('/')
    const written = slash === -1 ? rule : rule.slice(0, slash)
    const address = normalise(written)
    if (address === null) throw new RangeError('an IP rule is neither an address nor a network')
    const whole = address.family === 'ipv4' ? 32 : 128
    const isMapped = address.family === 'ipv4' && !isIPv4(written)
    const bits = slash === -1 ? whole : Number(rule.slice(slash + 1)) - (isMapped ? 96 : 0)
    if (!Number.isInteger(bits) || bits < 0 || bits > whole) {
      throw new RangeError('an IP rule has a network prefix that cannot be used')
    }
    lists[address.family].addSubnet(address.text, bits, address.family)
  }
  return (address) => {
    const caller = normalise(address)
    return caller !== null && lists[caller.family].check(caller.text, caller.family)
  }
}
