/** Streamed answers: added time to the first token, CPU per chunk, and memory per open stream. */
import { HOLD_MODEL, type Shape, STREAM_MODELS } from './answers.ts'
import { usageOf } from './machine.ts'
import type { Plan } from './options.ts'
import { measure, note, pause, type Rig, type Running } from './rig.ts'
import type { Launcher } from './subjects.ts'
import { warmUp } from './section-requests.ts'

interface StreamRun {
  streams: number
  shape: Shape
  round: number
  measureMs: number
}

export async function measureStreams(rig: Rig, subjects: readonly Running[], plan: Plan): Promise<void> {
  const { counts, rounds, measureMs, shapeRounds, shapeMs } = plan.streams
  for (const streams of counts) {
    for (let round = 1; round <= rounds; round += 1) {
      for (const running of subjects) await sampleStreams(rig, running, { streams, shape: 'chat', round, measureMs })
    }
  }
  for (let round = 1; round <= shapeRounds; round += 1) {
    for (const shape of ['chat-plain', 'responses'] as const) {
      for (const running of subjects) {
        // The plain form asks for no usage; only a gateway that accounts asks on the client's behalf, and hides it.
        await sampleStreams(rig, running, { streams: 50, shape, round, measureMs: shapeMs })
      }
    }
  }
}

async function sampleStreams(rig: Rig, running: Running, run: StreamRun): Promise<void> {
  const { streams, shape, measureMs } = run
  const { target } = running
  // Few streams must be short ones, or there would be hardly a first token to time.
  const model = streams < 10 ? STREAM_MODELS.fast : STREAM_MODELS.steady
  const job = { kind: 'streams', target, streams, shape, model, warmupMs: 300, measureMs } as const
  const measured = await measure(rig, running, job)
  const { count, elapsedMs, latency, failures, firstFailure } = measured.result
  note(
    `  ${streams} streams (${shape}) round ${run.round} ${running.name}: first token p50 ${latency.p50.toFixed(2)} ms`,
  )
  rig.samples.push({
    section: 'streams',
    case: shape === 'chat' ? `${streams} streams` : `${streams} streams, ${shape}`,
    subject: running.name,
    round: run.round,
    metrics: {
      firstToken: latency.p50,
      firstTokenP99: latency.p99,
      cpuMicrosPerChunk: measured.cpuMicros / count,
      chunksPerSecond: (count * 1e3) / elapsedMs,
    },
    failures,
    firstFailure: count === 0 ? (firstFailure ?? 'no chunk at all') : firstFailure,
    otherCores: measured.otherCores,
  })
}

/** A fresh process each time: memory that earlier work left behind would be taken for the streams'. */
export async function measureMemory(rig: Rig, launchers: readonly Launcher[], plan: Plan): Promise<void> {
  const { streams, rounds, restMs } = plan.memory
  for (let round = 1; round <= rounds; round += 1) {
    for (const launcher of launchers) {
      const running = await launcher.start()
      try {
        await warmUp(rig, [running], 1_000)
        await pause(restMs)
        await sampleMemory(rig, running, { streams, round, restMs })
      } finally {
        await running.stop()
      }
    }
  }
}

async function sampleMemory(
  rig: Rig,
  running: Running,
  run: { streams: number; round: number; restMs: number },
): Promise<void> {
  const { streams, round } = run
  const { target } = running
  const before = (await usageOf(running.child)).rssBytes
  let open = before
  const measured = await measure(rig, running, { kind: 'hold', target, streams, model: HOLD_MODEL }, async () => {
    await pause(run.restMs)
    open = (await usageOf(running.child)).rssBytes
  })
  const { failures, firstFailure } = measured.result
  const kibPerStream = (open - before) / streams / 1_024
  note(`  ${streams} open streams round ${round} ${running.name}: ${kibPerStream.toFixed(1)} KiB each`)
  rig.samples.push({
    section: 'memory',
    case: `${streams} open streams`,
    subject: running.name,
    round,
    metrics: { kibPerStream, rssBeforeMib: before / 2 ** 20, rssOpenMib: open / 2 ** 20 },
    failures,
    firstFailure,
    otherCores: null,
  })
}

export async function measureColdStart(rig: Rig, launchers: readonly Launcher[], plan: Plan): Promise<void> {
  for (let round = 1; round <= plan.coldStart.rounds; round += 1) {
    for (const launcher of launchers) {
      const running = await launcher.start()
      await pause(300)
      const { rssBytes } = await usageOf(running.child)
      await running.stop()
      note(`  cold start round ${round} ${launcher.name}: ${Math.round(running.coldStartMs)} ms`)
      rig.samples.push({
        section: 'cold-start',
        case: 'spawn to first answer',
        subject: launcher.name,
        round,
        metrics: { startMs: running.coldStartMs, rssMib: rssBytes / 2 ** 20 },
        failures: 0,
        firstFailure: null,
        otherCores: null,
      })
    }
  }
}
