/** The built-in simulator on its own, for tests that need an upstream over a real socket. */
import { createSimulator, type Simulator } from '../../src/main/providers/simulator/server.ts'
import { simulatorBehaviour, type SimulatorBehaviour } from '../../src/shared/models/upstream.ts'

export interface TestSimulator extends Simulator {
  /** Sets how the upstream of this id behaves from the next request on; what is left out has its default. */
  behave(upstreamId: string, behaviour?: Partial<SimulatorBehaviour>): void
}

/** Knows the upstream `sim` from the start. */
export async function startSimulator(behaviour: Partial<SimulatorBehaviour> = {}): Promise<TestSimulator> {
  const behaviours = new Map<string, SimulatorBehaviour>([['sim', simulatorBehaviour.parse(behaviour)]])
  const simulator = await createSimulator({ behaviourOf: (id) => behaviours.get(id) })
  return {
    ...simulator,
    behave(upstreamId, next = {}) {
      behaviours.set(upstreamId, simulatorBehaviour.parse(next))
    },
  }
}
