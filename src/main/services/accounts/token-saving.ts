/**
 * Writes renewed tokens where they last. A renewal has used up the old refresh token, so its result is never let go: where
 * the secret store refuses it, it stays in memory and is written later. Until then the store has the old tokens; a stop in
 * between makes the provider ask for a new sign-in.
 */
import type { Db } from '../../db/database.ts'
import { findUpstream, updateUpstream } from '../../db/upstream-store.ts'
import type { Log } from '../../gateway/ports.ts'
import type { SecretStore } from '../../secrets/store.ts'
import type { EventHub } from '../events.ts'
import type { SecretSaving } from '../secret-saving.ts'
import type { UpstreamRuntime } from '../upstream-runtime.ts'
import { secretFacts, secretItemId, serialiseSecret } from '../upstream-secret.ts'
import { accountOf } from './signed-in.ts'

export interface TokenSavingDeps {
  readonly db: Db
  readonly runtime: UpstreamRuntime
  readonly secrets: SecretStore
  readonly saving: SecretSaving
  readonly events: Pick<EventHub, 'emit'>
  readonly log: Log
  readonly now: () => number
}

export interface TokenSaving {
  /** Writes what is in memory now, unless `isStill` says that it is somebody else's by then. Never rejects. */
  save(id: string, isStill: () => boolean): Promise<void>
  /** Tries once more what could not be written. */
  close(): Promise<void>
}

const AGAIN_MS = 30_000

export function createTokenSaving(deps: TokenSavingDeps): TokenSaving {
  const { db, runtime, log } = deps
  const waiting = new Map<string, { readonly timer: NodeJS.Timeout; readonly isStill: () => boolean }>()
  let isClosing = false

  function saveRow(id: string): void {
    const secret = runtime.secretOf(id)
    const row = findUpstream(db, id)
    if (row === undefined || secret?.account === undefined) return
    const { account: tokens } = secret
    updateUpstream(db, { ...row, account: accountOf(row, tokens), secret: secretFacts(secret, tokens.refreshedAt) })
    deps.events.emit({ type: 'upstream.changed', id })
  }

  async function write(id: string, isStill: () => boolean): Promise<void> {
    await deps.saving.serially(id, async () => {
      const secret = runtime.secretOf(id)
      if (secret === null || !isStill()) return
      await deps.secrets.set(secretItemId(id), serialiseSecret(secret))
      // A row that cannot be written is brought in line with its secret at the next start.
      saveRow(id)
    })
  }

  async function save(id: string, isStill: () => boolean): Promise<void> {
    clearTimeout(waiting.get(id)?.timer)
    waiting.delete(id)
    try {
      await write(id, isStill)
    } catch (cause) {
      log.error('the new tokens of an account could not be saved; tried again soon', { upstreamId: id, cause })
      if (isClosing) return
      waiting.set(id, { timer: setTimeout(() => void save(id, isStill), AGAIN_MS).unref(), isStill })
    }
  }

  return {
    save,
    async close() {
      isClosing = true
      await Promise.all([...waiting].map(([id, { isStill }]) => save(id, isStill)))
    },
  }
}
