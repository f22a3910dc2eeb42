/**
 * `npm run bench`: every subject before the same upstream, in turn, round after round. Prints Markdown on stdout, keeps
 * every sample in bench/results/, and fails when any answer was not what the upstream had sent.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { describeMachine, localFile } from './machine.ts'
import { createFigures } from './figures.ts'
import { type BenchOptions, parseOptions, type Section, usageText } from './options.ts'
import { hasFailed, renderReport, type Run } from './report.ts'
import { note, openRig, type Rig, type Running } from './rig.ts'
import { measureScale, type ScaleFacts } from './section-scale.ts'
import { measureLatency, measureThroughput, warmUp } from './section-requests.ts'
import { measureColdStart, measureMemory, measureStreams } from './section-streams.ts'
import { type Launcher, launcherOf } from './subjects.ts'
import { judge } from './verdicts.ts'
import { bundleBuiltAt } from './weir.ts'

/** Of the work that needs subjects running side by side; the others start their own. */
const shared: readonly Section[] = ['throughput', 'latency', 'streams', 'scale']

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2))
  if (options === null) {
    process.stdout.write(usageText)
    return 0
  }
  const startedAt = performance.now()
  const rig = await openRig(options.pin)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void rig.close().finally(() => process.exit(130)))
  }
  try {
    let scale: ScaleFacts | null = null
    let broken: string | null = null
    const builtAt = bundleBuiltAt()
    try {
      scale = await runSections(rig, options)
    } catch (error) {
      // What was measured until then is worth keeping, under a headline that says the run is not whole.
      broken = error instanceof Error ? error.message : String(error)
    }
    if (bundleBuiltAt() !== builtAt) broken = `Weir was rebuilt during the run. ${broken ?? ''}`.trim()
    const run: Run = {
      date: new Date().toISOString().slice(0, 10),
      mode: options.mode,
      machine: describeMachine(),
      pinned: rig.cores !== null,
      minutes: (performance.now() - startedAt) / 60_000,
      scale,
      broken,
      samples: rig.samples,
    }
    process.stdout.write(`${renderReport(run)}\n`)
    note(`All samples: ${save(run)}`)
    return exitCode(run, options.check)
  } finally {
    await rig.close()
  }
}

async function runSections(rig: Rig, { plan, only, subjects }: BenchOptions): Promise<ScaleFacts | null> {
  const launchers: Launcher[] = []
  for (const name of subjects) launchers.push(await launcherOf(rig, name))
  const proxies = launchers.filter(({ name }) => name !== 'direct')

  // First, while nothing else has run: these start processes of their own.
  if (only.has('cold-start')) await titled('Cold start', () => measureColdStart(rig, proxies, plan))
  if (only.has('memory')) await titled('Memory', () => measureMemory(rig, proxies, plan))
  if (!shared.some((section) => only.has(section))) return null

  const running: Running[] = []
  try {
    for (const launcher of launchers) running.push(await launcher.start())
    await titled('Warm-up', () => warmUp(rig, running, 2_000))
    if (only.has('throughput')) await titled('Throughput', () => measureThroughput(rig, running, plan))
    if (only.has('latency')) await titled('Latency', () => measureLatency(rig, running, plan))
    if (only.has('streams')) await titled('Streams', () => measureStreams(rig, running, plan))
    if (!only.has('scale') || !subjects.includes('weir')) return null
    const compared = running.filter(({ name }) => name === 'bare' || name === 'weir')
    return await titled('Scale', () => measureScale(rig, compared, plan))
  } finally {
    for (const subject of running) await subject.stop()
  }
}

async function titled<T>(title: string, work: () => Promise<T>): Promise<T> {
  note(title)
  return work()
}

function save(run: Run): string {
  const directory = localFile('./results')
  mkdirSync(directory, { recursive: true })
  const file = `${directory}/${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}-${run.mode}.json`
  writeFileSync(file, `${JSON.stringify(run, null, 1)}\n`)
  return file
}

function exitCode(run: Run, check: boolean): number {
  if (run.broken !== null || run.samples.some(hasFailed)) return 1
  const missed = judge(createFigures(run.samples), run.samples).some(({ kept }) => kept === false)
  return check && missed ? 3 : 0
}

process.exitCode = await main().catch((error: unknown) => {
  note(error instanceof Error ? error.message : String(error))
  return 1
})
