/** The bounds this gateway promises, held against the figures of one run. */
import type { Figure, Figures } from './figures.ts'
import { LATE_MS } from './protocol.ts'
import type { Sample } from './rig.ts'

export interface Verdict {
  promise: string
  figure: string
  /** Null where the run did not measure it, or could not tell. */
  kept: boolean | null
}

export function judge(figures: Figures, samples: readonly Sample[]): Verdict[] {
  const cpu = { section: 'throughput', case: 'c=64', metric: 'cpuMicros' } as const
  const overBare = figures.ratio(cpu, 'weir', 'bare')
  const overPortkey = figures.ratio(cpu, 'weir', 'portkey')
  const withPolicy = figures.ratio(cpu, 'weir-policy', 'weir')
  const firstTokens = figures
    .cases('streams')
    .filter((name) => /^\d+ streams$/.test(name))
    .map((name) => {
      const ratio = figures.addedRatio({ section: 'streams', case: name, metric: 'firstToken' }, 'weir', 'bare')
      return verdict(`added time to first token p50, ${name}: at most 1.5 × bare`, ratio, 1.5)
    })
  return [
    verdict('CPU per request at c=64: at most 1.5 × bare (aim 1.15)', overBare, 1.5),
    verdict('CPU per request at c=64: at most 1/8 of Portkey', overPortkey, 1 / 8),
    verdict('CPU per request at c=64 with every limit set: at most 1.1 × without', withPolicy, 1.1),
    ...firstTokens,
    startVerdict(samples),
    listingVerdict(samples),
  ]
}

const MAX_START_MS = 2_000

/** The slowest of the starts. */
function startVerdict(samples: readonly Sample[]): Verdict {
  const promise = `start with 10,000 keys of 20 limits each: under ${MAX_START_MS} ms`
  const starts = samples.filter((one) => one.section === 'scale').flatMap((one) => one.metrics['startMs'] ?? [])
  if (starts.length === 0) return { promise, figure: 'not measured', kept: null }
  const slowest = Math.max(...starts)
  return { promise, figure: `${slowest.toFixed(0)} ms at most, ${starts.length} starts`, kept: slowest < MAX_START_MS }
}

/**
 * Strict: the worst chunk of all rounds counts, not a median of them. Where chunks that had nothing to do with listing
 * came just as late, the machine was not quiet enough to tell, and no verdict is given.
 */
function listingVerdict(samples: readonly Sample[]): Verdict {
  const promise = `listing requests never makes a chunk more than ${LATE_MS} ms late`
  const worst = (what: string, metric: string) =>
    Math.max(...samples.filter((one) => one.case.startsWith(what)).map((one) => one.metrics[metric] ?? Number.NaN))
  const listing = worst('while listing', 'max')
  if (!Number.isFinite(listing)) return { promise, figure: 'not measured', kept: null }
  const [quiet, control] = [worst('without listing', 'max'), worst('control', 'max')]
  const figure =
    `worst chunk ${listing.toFixed(1)} ms late while listing, ${quiet.toFixed(1)} ms without, ` +
    `${control.toFixed(1)} ms past Weir`
  if (listing <= LATE_MS) return { promise, figure, kept: true }
  return { promise, figure, kept: Math.max(quiet, control) > LATE_MS ? null : false }
}

function verdict(promise: string, ratio: Figure | null, bound: number): Verdict {
  if (ratio === null) return { promise, figure: 'not measured', kept: null }
  const figure = `${ratio.median.toFixed(3)} (${ratio.min.toFixed(3)} to ${ratio.max.toFixed(3)})`
  return { promise, figure, kept: ratio.median <= bound }
}
