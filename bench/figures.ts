/**
 * From samples to figures. What is compared was measured in the same round, minutes apart at most, so differences and
 * ratios are taken round by round and only then is the median taken: slow drift of the machine cancels out.
 */
import type { Section } from './options.ts'
import type { Sample } from './rig.ts'

export interface Figure {
  median: number
  min: number
  max: number
  rounds: number
}

export interface Place {
  section: Section
  case: string
  metric: string
}

export interface Figures {
  of(place: Place, subject: string): Figure | null
  /** Minus the same figure of `base`, round by round. */
  added(place: Place, subject: string, base: string): Figure | null
  /** Divided by the same figure of `base`, round by round. */
  ratio(place: Place, subject: string, base: string): Figure | null
  /** What was added to `direct`, divided by what `base` added to it. */
  addedRatio(place: Place, subject: string, base: string): Figure | null
  cases(section: Section): string[]
  subjects(section: Section, name?: string): string[]
}

export function createFigures(samples: readonly Sample[]): Figures {
  function rounds(place: Place, subject: string): Map<number, number> {
    const found = samples.filter(
      (sample) => sample.section === place.section && sample.case === place.case && sample.subject === subject,
    )
    return new Map(
      found.flatMap(({ round, metrics }) => {
        const value = metrics[place.metric]
        return value === undefined || !Number.isFinite(value) ? [] : [[round, value] as const]
      }),
    )
  }

  function combine(
    left: ReadonlyMap<number, number>,
    right: ReadonlyMap<number, number>,
    by: (a: number, b: number) => number,
  ): Map<number, number> {
    return new Map(
      [...left].flatMap(([round, value]) => {
        const other = right.get(round)
        return other === undefined ? [] : [[round, by(value, other)] as const]
      }),
    )
  }

  const minus = (a: number, b: number) => a - b
  const over = (a: number, b: number) => a / b
  const addedTo = (place: Place, subject: string, base: string) =>
    combine(rounds(place, subject), rounds(place, base), minus)

  return {
    of: (place, subject) => figureOf(rounds(place, subject)),
    added: (place, subject, base) => figureOf(addedTo(place, subject, base)),
    ratio: (place, subject, base) => figureOf(combine(rounds(place, subject), rounds(place, base), over)),
    addedRatio: (place, subject, base) =>
      figureOf(combine(addedTo(place, subject, 'direct'), addedTo(place, base, 'direct'), over)),
    cases: (section) => unique(samples.filter((sample) => sample.section === section).map((sample) => sample.case)),
    subjects: (section, name) =>
      unique(
        samples
          .filter((sample) => sample.section === section && (name === undefined || sample.case === name))
          .map((sample) => sample.subject),
      ),
  }
}

function figureOf(values: ReadonlyMap<number, number>): Figure | null {
  if (values.size === 0) return null
  const sorted = [...values.values()].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median, min: sorted[0]!, max: sorted.at(-1)!, rounds: sorted.length }
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)]
}
