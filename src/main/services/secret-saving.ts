/**
 * Keeps the secret store and the rows in step. The item is written before a row claims to have one and put back when the
 * row cannot be written, so no row lies and no item is left without a row. One upstream is changed by one task at a time.
 */
import type { UpstreamSecret } from '../../shared/models/upstream.ts'
import type { Log } from '../gateway/ports.ts'
import type { SecretStore } from '../secrets/store.ts'
import type { UpstreamRuntime } from './upstream-runtime.ts'
import { secretItemId, serialiseSecret } from './upstream-secret.ts'

export interface SecretSaving {
  /** Runs tasks of one upstream one after another. */
  serially<T>(upstreamId: string, task: () => Promise<T>): Promise<T>
  /** Writes the item (null deletes it), then the row; when the row fails, the item is as before. */
  replace<T>(upstreamId: string, secret: UpstreamSecret | null, writeRow: () => T): Promise<T>
}

export function createSecretSaving(deps: {
  readonly secrets: SecretStore
  readonly runtime: UpstreamRuntime
  readonly log: Log
}): SecretSaving {
  const { secrets, runtime, log } = deps
  const running = new Map<string, Promise<unknown>>()

  async function write(item: string, secret: UpstreamSecret | null): Promise<void> {
    if (secret === null) await secrets.delete(item)
    else await secrets.set(item, serialiseSecret(secret))
  }

  async function putBack(upstreamId: string, before: UpstreamSecret | null): Promise<void> {
    // What was there could not be read, so it is not known; deleting it would be worse than leaving it.
    if (runtime.isUnreadable(upstreamId)) return
    try {
      await write(secretItemId(upstreamId), before)
    } catch (cause) {
      // The next start compares fingerprints and corrects the row.
      log.error('the secret of an upstream could not be put back', { upstreamId, cause })
    }
  }

  return {
    async serially(upstreamId, task) {
      const previous = running.get(upstreamId) ?? Promise.resolve()
      const run = previous.then(task, task)
      const settled = run.catch(() => undefined)
      running.set(upstreamId, settled)
      try {
        return await run
      } finally {
        if (running.get(upstreamId) === settled) running.delete(upstreamId)
      }
    },
    async replace(upstreamId, secret, writeRow) {
      const before = runtime.secretOf(upstreamId)
      try {
        await write(secretItemId(upstreamId), secret)
      } catch (error) {
        // A store may fail after it wrote: what it holds must be what the row says.
        if (secret !== null && secrets.status.usable) await putBack(upstreamId, before)
        throw error
      }
      try {
        return writeRow()
      } catch (error) {
        await putBack(upstreamId, before)
        throw error
      }
    },
  }
}
