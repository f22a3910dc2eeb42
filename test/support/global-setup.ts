import { resolve } from 'node:path'
import { buildIfStale } from '../../scripts/build-if-stale.ts'
import { ensureMachine } from './machine.ts'

/** Once before all integration tests: what they need on the machine, and the bundle that the started programs run from. */
export async function setup(): Promise<void> {
  ensureMachine({ keyring: true })
  // WEIR_TEST_PAGE names a folder with another build of the page, which the page rig then serves.
  const only = process.env['WEIR_TEST_PAGE'] === undefined ? undefined : 'core'
  await buildIfStale(resolve(import.meta.dirname, '../..'), () => {}, only)
}
