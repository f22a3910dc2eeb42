/** Plain requests: CPU and rate at several concurrencies, and latency at a fixed rate. */
import type { Plan } from './options.ts'
import { measure, note, type Rig, type Running } from './rig.ts'

/** Every subject runs hot before anything is counted: compiled code, open upstream connections, grown heaps. */
export async function warmUp(rig: Rig, subjects: readonly Running[], ms: number): Promise<void> {
  for (const running of subjects) {
    note(`  warming up ${running.name}`)
    const { target } = running
    const { result } = await measure(rig, running, {
      kind: 'closed',
      target,
      connections: 64,
      warmupMs: 0,
      measureMs: ms,
    })
    if (result.failures > 0) throw new Error(`${running.name} fails already when warming up: ${result.firstFailure}`)
  }
}

export async function measureThroughput(rig: Rig, subjects: readonly Running[], plan: Plan): Promise<void> {
  for (const { connections, rounds, measureMs } of plan.throughput) {
    for (let round = 1; round <= rounds; round += 1) {
      for (const running of subjects) {
        await sampleClosed(rig, running, { connections, round, measureMs, warmupMs: plan.settleMs })
      }
    }
  }
}

interface ClosedRun {
  connections: number
  round: number
  measureMs: number
  warmupMs: number
  section?: 'throughput' | 'scale'
}

export async function sampleClosed(rig: Rig, running: Running, run: ClosedRun): Promise<void> {
  const { connections, warmupMs, measureMs } = run
  const { target } = running
  const measured = await measure(rig, running, { kind: 'closed', target, connections, warmupMs, measureMs })
  const { count, elapsedMs, latency, failures, firstFailure } = measured.result
  note(`  c=${connections} round ${run.round} ${running.name}: ${Math.round((count * 1e3) / elapsedMs)} requests/s`)
  rig.samples.push({
    section: run.section ?? 'throughput',
    case: `c=${connections}`,
    subject: running.name,
    round: run.round,
    metrics: {
      cpuMicros: measured.cpuMicros / count,
      perSecond: (count * 1e3) / elapsedMs,
      p50: latency.p50,
      p99: latency.p99,
    },
    failures,
    firstFailure: count === 0 ? (firstFailure ?? 'no answer at all') : firstFailure,
    otherCores: measured.otherCores,
  })
}

export async function measureLatency(rig: Rig, subjects: readonly Running[], plan: Plan): Promise<void> {
  const { perSecond, rounds, measureMs } = plan.latency
  for (let round = 1; round <= rounds; round += 1) {
    for (const running of subjects) {
      const { target } = running
      const job = { kind: 'open', target, perSecond, warmupMs: plan.settleMs, measureMs } as const
      const measured = await measure(rig, running, job)
      const { latency, failures, firstFailure, count } = measured.result
      note(`  ${perSecond}/s round ${round} ${running.name}: p50 ${latency.p50.toFixed(2)} ms`)
      // Open loop: what did not come back was asked for all the same.
      const wanted = (perSecond * measureMs) / 1_000
      const short = count < wanted * 0.95 ? `${count} answers of ${wanted} in the window` : null
      rig.samples.push({
        section: 'latency',
        case: `${perSecond}/s`,
        subject: running.name,
        round,
        metrics: { p50: latency.p50, p99: latency.p99 },
        failures: failures + (short === null ? 0 : 1),
        firstFailure: firstFailure ?? short,
        otherCores: measured.otherCores,
      })
    }
  }
}
