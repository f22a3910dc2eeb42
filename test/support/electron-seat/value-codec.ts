/**
 * Values as Electron's IPC carries them, as text. `structuredClone` comes first: it refuses functions and drops
 * prototypes just as Electron does. Runs in Node and, as its own source, in the page; so it uses nothing from outside.
 */
export interface ValueCodec {
  encode(value: unknown): string
  decode(text: string): unknown
}

type Entry = readonly [key: string, index: number]
type Encoded =
  | readonly ['json', unknown]
  | readonly ['undefined']
  | readonly ['number' | 'bigint', string]
  | readonly ['date', number]
  | readonly ['bytes', string]
  | readonly ['map', readonly (readonly [number, number])[]]
  | readonly ['set', readonly number[]]
  | readonly ['error', string, string]
  | readonly ['array', number, readonly Entry[]]
  | readonly ['object', readonly Entry[]]

export function createValueCodec(): ValueCodec {
  const toBase64 = (bytes: Uint8Array) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  const fromBase64 = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0))

  function encode(value: unknown): string {
    const nodes: Encoded[] = []
    const seen = new Map<object, number>()
    function put(item: unknown): number {
      const isObject = typeof item === 'object' && item !== null
      const known = isObject ? seen.get(item) : undefined
      if (known !== undefined) return known
      const index = nodes.push(['undefined']) - 1
      if (isObject) seen.set(item, index)
      nodes[index] = isObject ? describeObject(item) : describe(item)
      return index
    }
    const entries = (item: object): Entry[] =>
      Object.entries(item).map(([key, member]: [string, unknown]) => [key, put(member)])
    function describe(item: unknown): Encoded {
      if (item === undefined) return ['undefined']
      if (typeof item === 'bigint') return ['bigint', String(item)]
      if (typeof item !== 'number') return ['json', item]
      if (Object.is(item, -0)) return ['number', '-0']
      return Number.isFinite(item) ? ['json', item] : ['number', String(item)]
    }
    function describeObject(item: object): Encoded {
      if (item instanceof Uint8Array) return ['bytes', toBase64(item)]
      if (item instanceof Date) return ['date', item.getTime()]
      if (item instanceof Map) return ['map', [...(item as Map<unknown, unknown>)].map(([k, v]) => [put(k), put(v)])]
      if (item instanceof Set) return ['set', [...(item as Set<unknown>)].map(put)]
      if (item instanceof Error) return ['error', item.name, item.message]
      if (Array.isArray(item)) return ['array', item.length, entries(item)]
      const tag = Object.prototype.toString.call(item)
      if (tag !== '[object Object]') throw new Error(`electron seat: ${tag} does not pass through its IPC`)
      return ['object', entries(item)]
    }
    put(structuredClone(value))
    return JSON.stringify(nodes)
  }

  function decode(text: string): unknown {
    const nodes = JSON.parse(text) as Encoded[]
    const made = new Map<number, unknown>()
    function get(index: number): unknown {
      if (made.has(index)) return made.get(index)
      const node = nodes[index] ?? ['undefined']
      const keep = <T>(item: T): T => {
        made.set(index, item)
        return item
      }
      const fill = (target: object, list: readonly Entry[]) => {
        for (const [key, member] of list) Reflect.set(target, key, get(member))
        return target
      }
      switch (node[0]) {
        case 'json':
          return node[1]
        case 'undefined':
          return undefined
        case 'number':
          return Number(node[1])
        case 'bigint':
          return BigInt(node[1])
        case 'date':
          return keep(new Date(node[1]))
        case 'bytes':
          return keep(fromBase64(node[1]))
        case 'error':
          return keep(Object.assign(new Error(node[2]), { name: node[1] }))
        case 'map': {
          const map = keep(new Map<unknown, unknown>())
          for (const [key, member] of node[1]) map.set(get(key), get(member))
          return map
        }
        case 'set': {
          const set = keep(new Set<unknown>())
          for (const member of node[1]) set.add(get(member))
          return set
        }
        case 'array':
          return fill(keep(Array.from({ length: node[1] })), node[2])
        case 'object':
          return fill(keep({}), node[1])
      }
    }
    return get(0)
  }

  return { encode, decode }
}
