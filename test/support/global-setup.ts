import { resolve } from 'node:path'
import { buildIfStale } from '../../scripts/build-if-stale.ts'
import { ensureMachine } from './machine.ts'

/** Once before all integration tests: what they need on the machine, and the bundle that the started programs run from. */
export async function setup(): Promise<void> {
  ensureMachine({ keyring: true })
  await buildIfStale(resolve(import.meta.dirname, '../..'))
}
