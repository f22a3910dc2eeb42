/**
 * What every section works with: the upstream, the load generator, and `measure`, which runs one job against one subject
 * and reads CPU time exactly at the borders of the measured window.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  chooseCores,
  type Cores,
  cpuBetween,
  machineCpuMicros,
  type Program,
  repin,
  spawnNode,
  stopProcess,
  type Usage,
  usageOf,
} from './machine.ts'
import { programs } from './programs.ts'
import type { Job, JobResult, LoadMessage, Target } from './protocol.ts'
import type { Section } from './options.ts'

export interface Rig {
  readonly cores: Cores | null
  readonly upstream: Program
  readonly upstreamPort: number
  readonly load: Program
  /** Removed at the end. */
  readonly workDir: string
  /** Every process of the benchmark that lives, so that other work on the machine can be told apart. */
  readonly children: Set<Program>
  readonly samples: Sample[]
  close(): Promise<void>
}

/** What is measured in one go. `child` is whose CPU time counts; for `direct` that is the upstream. */
export interface Running {
  readonly name: string
  readonly target: Target
  readonly child: Program
  readonly coldStartMs: number
  stop(): Promise<void>
}

export interface Sample {
  section: Section
  /** What was asked of the subject: `c=64`, `50 streams`. */
  case: string
  subject: string
  round: number
  metrics: Record<string, number>
  failures: number
  firstFailure: string | null
  /** CPU time of processes outside the benchmark while it was measured, in cores; null where unknown. */
  otherCores: number | null
}

export interface Measured {
  result: JobResult
  cpuMicros: number
  otherCores: number | null
}

type LoadJob = Exclude<Job, { kind: 'release' }>

export async function openRig(pin: boolean): Promise<Rig> {
  const cores = chooseCores(pin)
  // The runner itself works too, when it lists requests: not beside the subject.
  if (cores !== null) repin(process.pid, cores.load)
  const workDir = mkdtempSync(join(tmpdir(), 'weir-bench-'))
  const upstream = spawnNode([programs.upstream], { cores: cores?.upstream, channel: true })
  const [{ port }] = (await once(upstream, 'message')) as [{ port: number }]
  const load = spawnNode([programs.load], { cores: cores?.load, channel: true })
  await once(load, 'message')
  const children = new Set<Program>([upstream, load])
  // Also when the runner itself fails: nothing of the benchmark may live on and disturb the next one.
  process.once('exit', () => children.forEach((child) => child.kill('SIGKILL')))
  return {
    cores,
    upstream,
    upstreamPort: port,
    load,
    workDir,
    children,
    samples: [],
    async close() {
      await Promise.all([...children].map(stopProcess))
      rmSync(workDir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Runs a job. `whileHeld` is what to do while the streams of a `hold` are open. */
export async function measure(
  rig: Rig,
  running: Running,
  job: LoadJob,
  whileHeld?: () => Promise<void>,
): Promise<Measured> {
  let before = await reading(rig, running)
  let after = before
  const reads: Promise<void>[] = []
  const result = await new Promise<JobResult>((resolve, reject) => {
    if (rig.load.exitCode !== null) throw new Error(`The load generator has died: ${rig.load.said()}`)
    const onExit = () => reject(new Error(`The load generator has died: ${rig.load.said()}`))
    const onSubjectExit = () => reject(new Error(`${running.name} has died under load: ${running.child.said()}`))
    const settle = () => {
      rig.load.off('message', onMessage)
      rig.load.off('exit', onExit)
      running.child.off('exit', onSubjectExit)
    }
    const onMessage = (message: LoadMessage) => {
      if (message.type === 'mark') {
        const read = reading(rig, running).then((taken) => {
          if (message.at === 'start') before = taken
          else after = taken
        })
        reads.push(read)
      } else if (message.type === 'held') {
        const work = whileHeld?.() ?? Promise.resolve()
        work.then(() => rig.load.send({ kind: 'release' } satisfies Job), reject)
      } else if (message.type !== 'ready') {
        settle()
        if (message.type === 'result') resolve(message.result)
        else reject(new Error(`The load generator failed: ${message.message}`))
      }
    }
    rig.load.on('message', onMessage)
    rig.load.once('exit', onExit)
    running.child.once('exit', onSubjectExit)
    rig.load.send(job)
  })
  await Promise.all(reads)
  return { result, cpuMicros: cpuBetween(before.subject, after.subject), otherCores: otherCores(before, after) }
}

interface Reading {
  subject: Usage
  ours: number
  machine: number | null
  atMs: number
}

async function reading(rig: Rig, running: Running): Promise<Reading> {
  const subject = await usageOf(running.child)
  const self = process.cpuUsage()
  let ours = self.user + self.system
  // The list of a machine without /proc would have to be asked one by one; there `machine` is unknown anyway.
  const machine = machineCpuMicros()
  if (machine !== null) for (const child of rig.children) ours += (await usageOf(child)).cpuMicros
  return { subject, ours, machine, atMs: performance.now() }
}

function otherCores(before: Reading, after: Reading): number | null {
  const elapsedMicros = (after.atMs - before.atMs) * 1e3
  if (before.machine === null || after.machine === null || elapsedMicros <= 0) return null
  const others = after.machine - before.machine - (after.ours - before.ours)
  return Math.max(0, others / elapsedMicros)
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}
