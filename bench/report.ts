/** Markdown of one run: a table per section, what was promised, and what disturbed it. */
import { createFigures, type Figure, type Figures, type Place } from './figures.ts'
import type { Sample } from './rig.ts'
import type { ScaleFacts } from './section-scale.ts'
import { judge } from './verdicts.ts'

export interface Run {
  date: string
  mode: string
  machine: Record<string, string | number>
  pinned: boolean
  minutes: number
  scale: ScaleFacts | null
  /** Why the run ended early; null when it is whole. */
  broken: string | null
  samples: Sample[]
}

/** One column: its title and what stands in it for a subject. */
type Column = readonly [title: string, cell: (subject: string) => string]

/** Above this share of a core, other work counts as a disturbance and is named. */
const DISTURBED_CORES = 0.1

export function renderReport(run: Run): string {
  const figures = createFigures(run.samples)
  const { cpu, cores, memoryGiB, system, node } = run.machine
  return [
    `Run of ${run.date}, mode ${run.mode}, ${run.minutes.toFixed(1)} minutes, on ${cores} cores of ${cpu},`,
    `${memoryGiB} GiB, ${system}, Node ${node}, ${run.pinned ? 'subject on a core of its own' : 'not pinned'}.`,
    'Medians of the rounds, in parentheses the smallest and the largest; ratios and differences round by round.',
    '',
    ...throughputTable(figures),
    ...latencyTable(figures),
    ...streamsTable(figures),
    ...memoryTable(figures),
    ...coldStartTable(figures),
    ...scaleTables(figures, run.scale),
    ...(run.broken === null ? [] : ['### The run broke off', '', run.broken, '']),
    ...promises(figures, run.samples),
    ...disturbances(run.samples),
    ...failures(run.samples),
  ].join('\n')
}

function throughputTable(figures: Figures): string[] {
  const at = (name: string, metric: string): Place => ({ section: 'throughput', case: name, metric })
  const cpu = at('c=64', 'cpuMicros')
  return table('Requests', figures.subjects('throughput'), [
    ['CPU µs/request, c=64', (subject) => show(figures.of(cpu, subject), 1)],
    ['× bare', (subject) => show(figures.ratio(cpu, subject, 'bare'), 2)],
    ...[1, 16, 64, 256].map((c): Column => [
      `requests/s, c=${c}`,
      (subject) => show(figures.of(at(`c=${c}`, 'perSecond'), subject), 0),
    ]),
    ['p50 ms, c=16', (subject) => show(figures.of(at('c=16', 'p50'), subject), 2)],
    ['p99 ms, c=16', (subject) => show(figures.of(at('c=16', 'p99'), subject), 2)],
  ])
}

function latencyTable(figures: Figures): string[] {
  return figures.cases('latency').flatMap((name) => {
    const at = (metric: string): Place => ({ section: 'latency', case: name, metric })
    return table(`Latency at ${name}, open loop`, figures.subjects('latency'), [
      ['p50 ms', (subject) => show(figures.of(at('p50'), subject), 2)],
      ['p99 ms', (subject) => show(figures.of(at('p99'), subject), 2)],
      ['added p50 ms', (subject) => added(figures, at('p50'), subject)],
      ['added p99 ms', (subject) => added(figures, at('p99'), subject)],
    ])
  })
}

function streamsTable(figures: Figures): string[] {
  return figures.cases('streams').flatMap((name) => {
    const at = (metric: string): Place => ({ section: 'streams', case: name, metric })
    return table(`Streams: ${name}`, figures.subjects('streams', name), [
      ['first token p50 ms', (subject) => show(figures.of(at('firstToken'), subject), 2)],
      ['added p50 ms', (subject) => added(figures, at('firstToken'), subject)],
      ['added, × bare', (subject) => addedRatio(figures, at('firstToken'), subject)],
      ['first token p99 ms', (subject) => show(figures.of(at('firstTokenP99'), subject), 2)],
      ['CPU µs/chunk', (subject) => show(figures.of(at('cpuMicrosPerChunk'), subject), 1)],
      ['× bare', (subject) => show(figures.ratio(at('cpuMicrosPerChunk'), subject, 'bare'), 2)],
      ['chunks/s', (subject) => show(figures.of(at('chunksPerSecond'), subject), 0)],
    ])
  })
}

function memoryTable(figures: Figures): string[] {
  return figures.cases('memory').flatMap((name) => {
    const at = (metric: string): Place => ({ section: 'memory', case: name, metric })
    return table(`Memory: ${name}`, figures.subjects('memory'), [
      ['KiB per stream', (subject) => show(figures.of(at('kibPerStream'), subject), 1)],
      ['RSS before, MiB', (subject) => show(figures.of(at('rssBeforeMib'), subject), 0)],
      ['RSS with them open, MiB', (subject) => show(figures.of(at('rssOpenMib'), subject), 0)],
    ])
  })
}

function coldStartTable(figures: Figures): string[] {
  const at = (metric: string): Place => ({ section: 'cold-start', case: 'spawn to first answer', metric })
  return table('Cold start, from spawn to the first answer through it', figures.subjects('cold-start'), [
    ['ms', (subject) => show(figures.of(at('startMs'), subject), 0)],
    ['RSS, MiB', (subject) => show(figures.of(at('rssMib'), subject), 0)],
  ])
}

function scaleTables(figures: Figures, facts: ScaleFacts | null): string[] {
  if (facts === null) return []
  const at = (name: string, metric: string): Place => ({ section: 'scale', case: name, metric })
  const cpu = at('c=64', 'cpuMicros')
  const title = `With ${count(facts.keys)} keys and ${count(facts.requests)} logged requests (${Math.round(facts.databaseMib)} MiB)`
  const listing = figures.cases('scale').filter((name) => name.includes('listing') || name.startsWith('control'))
  const late = (metric: string, digits = 2): Column[1] => {
    return (name) => show(figures.of(at(name, metric), 'weir-seeded'), digits)
  }
  return [
    ...table(title, figures.subjects('scale'), [
      ['CPU µs/request, c=64', (subject) => show(figures.of(cpu, subject), 1)],
      ['× bare', (subject) => show(figures.ratio(cpu, subject, 'bare'), 2)],
      ['× weir', (subject) => show(figures.ratio(cpu, subject, 'weir'), 2)],
      ['requests/s', (subject) => show(figures.of(at('c=64', 'perSecond'), subject), 0)],
      ['start ms', (subject) => show(figures.of(at('spawn to first answer', 'startMs'), subject), 0)],
    ]),
    ...table('Lateness of stream chunks (one each 5 ms) while the log is listed', listing, [
      ['p50 ms', late('p50')],
      ['p99 ms', late('p99')],
      ['p99.9 ms', late('p999')],
      ['max ms', late('max')],
      ['over 10 ms', late('late', 0)],
      ['of chunks', late('chunks', 0)],
      ['lists read', late('lists', 0)],
      ['list p50 ms', late('listP50')],
      ['list max ms', late('listMax')],
    ]),
  ]
}

function promises(figures: Figures, samples: readonly Sample[]): string[] {
  const words = new Map([
    [true, 'kept'],
    [false, '**missed**'],
    [null, 'no verdict'],
  ])
  const rows = judge(figures, samples).map(
    ({ promise, figure, kept }) => `| ${promise} | ${figure} | ${words.get(kept)} |`,
  )
  return ['### Promises', '', '| bound | figure | |', '|---|---|---|', ...rows, '']
}

function disturbances(samples: readonly Sample[]): string[] {
  const known = samples.filter((sample) => sample.otherCores !== null)
  if (known.length === 0) return ['Other work on the machine: unknown.', '']
  const shares = known.map((sample) => sample.otherCores ?? 0).sort((a, b) => a - b)
  const loud = known.filter((sample) => (sample.otherCores ?? 0) > DISTURBED_CORES)
  const median = shares[shares.length >> 1] ?? 0
  return [
    `Other work on the machine while measuring: median ${median.toFixed(2)} cores, at most ${shares.at(-1)?.toFixed(2)};` +
      ` above ${DISTURBED_CORES} in ${loud.length} of ${known.length} samples. None was left out.`,
    '',
  ]
}

function failures(samples: readonly Sample[]): string[] {
  const failed = samples.filter(hasFailed)
  if (failed.length === 0) return ['No request failed.', '']
  return [
    '### Failures',
    '',
    ...failed.map(
      ({ section, case: name, subject, round, failures, firstFailure }) =>
        `- ${section}, ${name}, ${subject}, round ${round}: ${failures} failed, the first: ${firstFailure}`,
    ),
    '',
  ]
}

export function hasFailed(sample: Sample): boolean {
  return sample.failures > 0 || sample.firstFailure !== null
}

function table(title: string, rows: readonly string[], columns: readonly Column[]): string[] {
  if (rows.length === 0) return []
  return [
    `### ${title}`,
    '',
    `| | ${columns.map(([heading]) => heading).join(' | ')} |`,
    `|---|${columns.map(() => '--:').join('|')}|`,
    ...rows.map((row) => `| ${row} | ${columns.map(([, cell]) => cell(row)).join(' | ')} |`),
    '',
  ]
}

function show(figure: Figure | null, digits: number): string {
  if (figure === null) return '–'
  const text = (value: number) =>
    value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  if (figure.rounds === 1) return text(figure.median)
  return `${text(figure.median)} (${text(figure.min)} to ${text(figure.max)})`
}

function added(figures: Figures, place: Place, subject: string): string {
  return subject === 'direct' ? '–' : show(figures.added(place, subject, 'direct'), 2)
}

function addedRatio(figures: Figures, place: Place, subject: string): string {
  return subject === 'direct' ? '–' : show(figures.addedRatio(place, subject, 'bare'), 2)
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
