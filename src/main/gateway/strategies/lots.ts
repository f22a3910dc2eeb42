/** Lots that put upstreams in an order by weight: the lowest goes first. */

/**
 * An exponential draw whose rate is the weight: sorted, they are a draw without replacement in proportion to the
 * weights. `uniform` is in [0, 1); one from a hash makes it weighted rendezvous hashing.
 */
export function lot(uniform: number, weight: number): number {
  return -Math.log(1 - uniform) / weight
}

/** FNV-1a, 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** Uniform in [0, 1), the same for the same two: murmur's finalizer, over both in turn so that no two pairs are alike. */
export function hashPair(seed: number, member: number): number {
  return mix((mix(seed) + Math.imul(member, 0x9e3779b1)) | 0) / 0x1_0000_0000
}

function mix(value: number): number {
  let hash = value | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
