/**
 * The machine under the benchmark: processes pinned to cores, their CPU time and memory, and how much CPU others took
 * meanwhile. On Linux from /proc (which costs the subject nothing); elsewhere the subject is asked, see cpu-probe.ts.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { cpus, platform, release, totalmem } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { programs } from './programs.ts'

export interface Usage {
  /** Of the process with all its threads, also ended ones, and its children. Hundredths of a second on Linux. */
  cpuMicros: number
  /** The same of the threads that live, to the nanosecond; null where the system does not say. */
  fineMicros: number | null
  rssBytes: number
}

export interface Cores {
  /** Every core this program may use. */
  all: number[]
  subject: number[]
  upstream: number[]
  load: number[]
}

/** /proc counts in hundredths of a second on every Linux that Node runs on. */
const TICK_MICROS = 10_000
const hasProc = platform() === 'linux'

export function localFile(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}

/** Null where processes cannot be pinned: one core only, no `taskset`, or not wanted. */
export function chooseCores(wanted: boolean): Cores | null {
  if (!wanted || !hasProc) return null
  try {
    execFileSync('taskset', ['-p', String(process.pid)], { stdio: 'ignore' })
  } catch {
    return null
  }
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
  const allowed = list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, index) => from + index)
  })
  const [first, second, third] = allowed
  if (first === undefined || second === undefined) return null
  return { all: allowed, subject: [first], upstream: [third ?? second], load: [second] }
}

export function repin(pid: number, cores: readonly number[]): void {
  execFileSync('taskset', ['-a', '-c', '-p', cores.join(','), String(pid)], { stdio: 'ignore' })
}

export interface SpawnOptions {
  cores: readonly number[] | undefined
  env?: NodeJS.ProcessEnv
  /** Open Node's process channel; subjects get it only where they must be asked for their usage. */
  channel?: boolean
}

export interface Program extends ChildProcess {
  /** The end of its stderr, so that a failed start can be explained. */
  said(): string
  /** The first line of its stdout, empty when it ended without one. */
  readonly firstLine: Promise<string>
}

/** Starts a Node program. Its output is read all the time: a program that logs to a full pipe would stall. */
export function spawnNode(args: readonly string[], options: SpawnOptions): Program {
  const probe = hasProc ? [] : ['--import', programs.cpuProbe]
  const line = [process.execPath, ...probe, ...args]
  const pinned = options.cores === undefined ? line : ['taskset', '-c', options.cores.join(','), ...line]
  const child = spawn(pinned[0]!, pinned.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe', ...(options.channel === true || !hasProc ? (['ipc'] as const) : [])],
    env: { ...process.env, NODE_ENV: 'production', ...options.env },
  })
  let said = ''
  child.stderr?.on('data', (part: Buffer) => {
    said = (said + part.toString()).slice(-4_000)
  })
  const firstLine = new Promise<string>((resolve) => {
    if (child.stdout === null) return resolve('')
    const lines = createInterface({ input: child.stdout })
    lines.once('line', resolve)
    lines.once('close', () => resolve(''))
  })
  return Object.assign(child, { said: () => said, firstLine })
}

export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await exited
  clearTimeout(timer)
}

/** CPU time since its start, of the process with all its threads and children. */
export async function usageOf(child: ChildProcess): Promise<Usage> {
  if (child.pid === undefined) throw new Error('the process never started')
  if (hasProc) {
    return { cpuMicros: cpuMicrosOf(child.pid), fineMicros: fineMicrosOf(child.pid), rssBytes: rssOf(child.pid) }
  }
  const answer = once(child, 'message')
  child.send('usage')
  const [usage] = (await answer) as [Omit<Usage, 'fineMicros'>]
  return { ...usage, fineMicros: null }
}

/** The finer clock, unless a thread that ended took its time away with it. */
export function cpuBetween(before: Usage, after: Usage): number {
  const coarse = after.cpuMicros - before.cpuMicros
  if (before.fineMicros === null || after.fineMicros === null) return coarse
  const fine = after.fineMicros - before.fineMicros
  return Math.abs(fine - coarse) <= 4 * TICK_MICROS ? fine : coarse
}

function cpuMicrosOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // The name in parentheses may contain anything, so fields are counted from its end: utime and stime are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const own = (Number(fields[11]) + Number(fields[12])) * TICK_MICROS
  return childrenOf(pid).reduce((sum, child) => sum + cpuMicrosOf(child), own)
}

function fineMicrosOf(pid: number): number | null {
  try {
    const threads = readdirSync(`/proc/${pid}/task`).map((thread) => {
      return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]) / 1e3
    })
    const children = childrenOf(pid).map((child) => fineMicrosOf(child) ?? Number.NaN)
    const sum = [...threads, ...children].reduce((total, micros) => total + micros, 0)
    return Number.isFinite(sum) ? sum : null
  } catch {
    return null // A kernel without scheduler statistics, or a thread that ended while it was asked.
  }
}

function rssOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  const own = Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0) * 1_024
  return childrenOf(pid).reduce((sum, child) => sum + rssOf(child), own)
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    try {
      return readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number)
    } catch {
      return [] // A thread that ended meanwhile, or a kernel without this file.
    }
  })
}

/** CPU time that was spent on the whole machine, by anybody. Null where the system does not say. */
export function machineCpuMicros(): number | null {
  if (!hasProc) return null
  const [, user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'latin1').split(/\s+/).map(Number)
  return ((user ?? 0) + (nice ?? 0) + (system ?? 0) + (irq ?? 0) + (softirq ?? 0) + (steal ?? 0)) * TICK_MICROS
}

export function describeMachine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release().split('-')[0]}`,
    node: process.version,
  }
}
