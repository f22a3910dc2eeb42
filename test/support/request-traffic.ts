/** A small house with traffic of every kind that the request log tells apart, all of it real requests to the simulator. */
import type { Call } from '../../src/main/host/headless/call.ts'
import { addSimulator, sendRequest, type PageRig, type Served } from './page-rig.ts'

export interface House {
  readonly team: Served
  readonly batch: Served
  /** First in the team's Pool; fails every request with 503, so that the second one serves. */
  readonly flakyId: string
  readonly pausedId: string
}

export async function furnish(call: Call): Promise<House> {
  const team = await addSimulator(call, 'Team')
  const batch = await addSimulator(call, 'Batch', { fault: 'status', faultStatus: 400, failEvery: 1 })
  const flaky = await call('upstream.create', {
    kind: 'simulator',
    name: 'Flaky simulator',
    simulator: { fault: 'status', faultStatus: 503, failEvery: 1 },
  })
  const paused = await call('upstream.create', { kind: 'simulator', name: 'Paused simulator' })
  await call('upstream.pause', { id: paused.id })
  await call('pool.update', {
    id: team.poolId,
    patch: {
      assignments: [
        { upstreamId: flaky.id, priority: 1, weight: 1, enabled: true },
        { upstreamId: team.upstreamId, priority: 2, weight: 1, enabled: true },
        { upstreamId: paused.id, priority: 3, weight: 1, enabled: true },
      ],
    },
  })
  return { team, batch, flakyId: flaky.id, pausedId: paused.id }
}

/** One of each: served at the second try, streamed with reasoning, refused by policy, failed. In this order. */
export async function sendOneOfEach(rig: Pick<PageRig, 'gatewayUrl'>, { team, batch }: House): Promise<number[]> {
  return [
    await sendRequest(rig, team.secret),
    await sendRequest(rig, team.secret, { model: 'sim-reasoning', stream: true, reasoning_effort: 'high' }),
    await sendRequest(rig, team.secret, { model: 'no-such-model' }),
    await sendRequest(rig, batch.secret),
  ]
}
