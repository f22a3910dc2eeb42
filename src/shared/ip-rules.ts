/**
 * The rules of an IP allowlist as text: checked, brought into one form, and rid of those that another one contains.
 * Pure, so that a page can check while somebody types; what a rule matches is decided by the gateway's own compiler.
 */

interface Network {
  readonly family: 4 | 6
  readonly value: bigint
  readonly bits: number
}

export interface NormalisedRules {
  /** Without double and contained rules, in the order in which they were written. */
  readonly rules: readonly string[]
  /** What was left out, and the rule that covers it. */
  readonly merged: readonly { readonly rule: string; readonly into: string }[]
}

const WIDTH = { 4: 32, 6: 128 } as const
/** `::ffff:0:0/96`: IPv4 addresses in the form of IPv6; they count as IPv4. */
const MAPPED_HIGH = 0xffffn

function parseIpv4(text: string): bigint | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  let value = 0n
  for (const part of parts) {
    // A leading zero means octal to some programs, so it is refused.
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null
    value = value * 256n + BigInt(part)
  }
  return value
}

function parseHextets(text: string): bigint[] | null {
  if (text === '') return []
  const groups: bigint[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    const tail = index === parts.length - 1 && part.includes('.') ? parseIpv4(part) : null
    if (tail !== null) groups.push(tail >> 16n, tail & 0xffffn)
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`))
    else return null
  }
  return groups
}

function parseIpv6(text: string): bigint | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const head = parseHextets(halves[0] ?? '')
  const tail = halves.length === 2 ? parseHextets(halves[1] ?? '') : []
  if (head === null || tail === null) return null
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...tail]
  return groups.reduce((value, group) => value * 0x1_0000n + group, 0n)
}

function masked(network: Network): Network {
  const shift = BigInt(WIDTH[network.family] - network.bits)
  return { ...network, value: (network.value >> shift) << shift }
}

function parseRule(text: string): Network | null {
  const [address = '', prefix, ...rest] = text.trim().split('/')
  if (rest.length > 0 || (prefix !== undefined && !/^(?:0|[1-9]\d{0,2})$/.test(prefix))) return null
  const ipv4 = parseIpv4(address)
  const value = ipv4 ?? parseIpv6(address)
  if (value === null) return null
  const family = ipv4 === null ? 6 : 4
  const bits = prefix === undefined ? WIDTH[family] : Number(prefix)
  if (bits > WIDTH[family]) return null
  if (family === 6 && value >> 32n === MAPPED_HIGH) {
    return bits < 96 ? null : masked({ family: 4, value: value & 0xffff_ffffn, bits: bits - 96 })
  }
  return masked({ family, value, bits })
}

function ipv4Text(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.')
}

/** The form of RFC 5952: lower case, no leading zeros, the longest run of zeros as `::`. */
function ipv6Text(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - index * 16)) & 0xffffn).toString(16))
  const runs = [...groups.join(':').matchAll(/\b0(?::0)+\b/g)].sort((a, b) => b[0].length - a[0].length)
  const [run] = runs
  if (run === undefined) return groups.join(':')
  const text = groups.join(':')
  const [before, after] = [text.slice(0, run.index), text.slice(run.index + run[0].length)]
  return `${before === '' ? ':' : before}${after === '' ? ':' : after}`.replace(/^:([^:])/, '::$1') || '::'
}

function textOf({ family, value, bits }: Network): string {
  const address = family === 4 ? ipv4Text(value) : ipv6Text(value)
  return bits === WIDTH[family] ? address : `${address}/${String(bits)}`
}

function contains(outer: Network, inner: Network): boolean {
  if (outer.family !== inner.family || outer.bits > inner.bits) return false
  const shift = BigInt(WIDTH[outer.family] - outer.bits)
  return outer.value >> shift === inner.value >> shift
}

export type IpRuleCheck =
  | { readonly ok: true; readonly rule: string; readonly changed: boolean }
  | { readonly ok: false; readonly problem: string }

/** What a rule comes to, or what is wrong with it. `changed`: it is written otherwise than it counts. */
export function checkIpRule(text: string): IpRuleCheck {
  const network = parseRule(text)
  if (network === null) {
    return { ok: false, problem: 'not an IPv4 or IPv6 address, nor a network like 10.0.0.0/8 or 2001:db8::/32' }
  }
  const rule = textOf(network)
  return { ok: true, rule, changed: rule !== text.trim() }
}

/** Rules that are none are left out: they are refused before they are saved. */
export function normaliseIpRules(texts: readonly string[]): NormalisedRules {
  const networks = texts.flatMap((text) => parseRule(text) ?? [])
  const kept = networks.filter((inner, at) => {
    return !networks.some((outer, other) => {
      if (other === at || !contains(outer, inner)) return false
      // Of two that are the same the first stays.
      return outer.bits < inner.bits || other < at
    })
  })
  const merged = networks
    .filter((network) => !kept.includes(network))
    .map((network) => {
      const into = kept.find((outer) => contains(outer, network)) ?? network
      return { rule: textOf(network), into: textOf(into) }
    })
  return { rules: kept.map(textOf), merged }
}
