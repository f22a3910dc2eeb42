/** JSON as it is counted: without blanks, in the shortest writing, so it is never longer than what was sent. */

/** `seal` gives what stands in a string's place, null to leave it. */
export type Seal = (text: string) => string | null

const keep: Seal = () => null

export function jsonText(value: unknown, seal: Seal = keep): string {
  if (typeof value === 'string') return JSON.stringify(seal(value) ?? value)
  if (typeof value === 'number') return shortest(value)
  if (Array.isArray(value)) return `[${value.map((item) => jsonText(item, seal)).join(',')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const members = Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}:${jsonText(item, seal)}`)
  return `{${members.join(',')}}`
}

/** 1e20 has four characters where it came from, and 21 as JavaScript writes it. */
function shortest(value: number): string {
  if (!Number.isFinite(value)) return 'null'
  const plain = String(value)
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e')
  const fraction = mantissa.split('.')[1] ?? ''
  const short = `${mantissa.replace('.', '')}e${Number(exponent) - fraction.length}`
  return short.length < plain.length ? short : plain
}
