/** The command line, and what the two modes measure for how long. */
import { parseArgs } from 'node:util'

export const sections = ['throughput', 'latency', 'streams', 'memory', 'cold-start', 'scale'] as const
export type Section = (typeof sections)[number]

export const subjectNames = ['direct', 'bare', 'portkey', 'weir', 'weir-policy'] as const
export type SubjectName = (typeof subjectNames)[number]

export interface Plan {
  settleMs: number
  throughput: { connections: number; rounds: number; measureMs: number }[]
  latency: { perSecond: number; rounds: number; measureMs: number }
  streams: { counts: number[]; rounds: number; measureMs: number; shapeRounds: number; shapeMs: number }
  memory: { streams: number; rounds: number; restMs: number }
  coldStart: { rounds: number }
  scale: {
    keys: number
    requests: number
    starts: number
    rounds: number
    measureMs: number
    listingRounds: number
    listingMs: number
  }
}

const full: Plan = {
  settleMs: 400,
  throughput: [
    { connections: 64, rounds: 5, measureMs: 2_500 },
    { connections: 1, rounds: 3, measureMs: 1_500 },
    { connections: 16, rounds: 3, measureMs: 1_500 },
    { connections: 256, rounds: 3, measureMs: 1_500 },
  ],
  latency: { perSecond: 200, rounds: 3, measureMs: 5_000 },
  streams: { counts: [1, 50, 500], rounds: 3, measureMs: 4_000, shapeRounds: 2, shapeMs: 3_000 },
  memory: { streams: 2_000, rounds: 2, restMs: 2_000 },
  coldStart: { rounds: 5 },
  scale: {
    keys: 10_000,
    requests: 1_000_000,
    starts: 3,
    rounds: 3,
    measureMs: 2_500,
    listingRounds: 2,
    listingMs: 5_000,
  },
}

const quick: Plan = {
  settleMs: 300,
  throughput: [
    { connections: 64, rounds: 2, measureMs: 1_200 },
    { connections: 1, rounds: 1, measureMs: 700 },
    { connections: 16, rounds: 1, measureMs: 700 },
    { connections: 256, rounds: 1, measureMs: 700 },
  ],
  latency: { perSecond: 200, rounds: 1, measureMs: 1_500 },
  streams: { counts: [1, 50, 500], rounds: 1, measureMs: 1_200, shapeRounds: 0, shapeMs: 0 },
  memory: { streams: 500, rounds: 1, restMs: 700 },
  coldStart: { rounds: 1 },
  scale: {
    keys: 10_000,
    requests: 100_000,
    starts: 1,
    rounds: 1,
    measureMs: 1_200,
    listingRounds: 1,
    listingMs: 1_500,
  },
}

export interface BenchOptions {
  mode: 'full' | 'quick'
  plan: Plan
  only: ReadonlySet<Section>
  subjects: readonly SubjectName[]
  pin: boolean
  check: boolean
}

export const usageText = `Usage: npm run bench -- [options]

  --quick            about 2 minutes: fewer and shorter rounds, 500 open streams, 100,000 logged requests
  --only LIST        sections, by comma: ${sections.join(', ')}
  --subjects LIST    by comma: ${subjectNames.join(', ')} (direct always runs: it is what "added" refers to)
  --no-pin           do not pin processes to cores
  --check            exit with 3 when a figure misses its bound
  --help             this text
`

/** Null asks for the help text. */
export function parseOptions(argv: string[]): BenchOptions | null {
  const { values } = parseArgs({
    args: argv,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      subjects: { type: 'string' },
      'no-pin': { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return null
  const subjects = pick('--subjects', values.subjects, subjectNames)
  return {
    mode: values.quick ? 'quick' : 'full',
    plan: values.quick ? quick : full,
    only: new Set(pick('--only', values.only, sections)),
    subjects: subjects.includes('direct') ? subjects : ['direct', ...subjects],
    pin: !values['no-pin'],
    check: values.check,
  }
}

function pick<T extends string>(flag: string, given: string | undefined, known: readonly T[]): readonly T[] {
  if (given === undefined) return known
  const wanted = given.split(',').map((word) => word.trim())
  const strange = wanted.find((word) => !known.some((name) => name === word))
  if (strange !== undefined) throw new Error(`${flag} does not know "${strange}"; it takes ${known.join(', ')}.`)
  return known.filter((name) => wanted.includes(name))
}
