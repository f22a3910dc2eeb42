/**
 * A process that opens the secret store and does what stdin tells it, for tests across processes. Values travel over stdin
 * and stdout only: arguments and environment of a process can be read by others.
 */
import { text } from 'node:stream/consumers'
import { openSecretStore, type SecretStoreStatus } from '../../src/main/secrets/store.ts'
import { AppError } from '../../src/shared/errors.ts'

export type SecretOperation =
  | { readonly op: 'get' | 'delete'; readonly id: string }
  | { readonly op: 'set'; readonly id: string; readonly value: string }

export interface SecretScript {
  readonly dataDir: string
  readonly passphrase?: string
  readonly operations: readonly SecretOperation[]
}

export interface SecretReport {
  readonly status: SecretStoreStatus | null
  /** A value, null, or `error <code>: <message>`; one per operation, or the one of opening. */
  readonly results: readonly (string | null)[]
}

async function main(): Promise<void> {
  const script = JSON.parse(await text(process.stdin)) as SecretScript
  console.log(JSON.stringify(await follow(script)))
}

async function follow({ dataDir, passphrase, operations }: SecretScript): Promise<SecretReport> {
  const results: (string | null)[] = []
  try {
    const store = await openSecretStore({ dataDir, passphrase })
    for (const operation of operations) {
      const { op, id } = operation
      const done =
        op === 'set' ? store.set(id, operation.value).then(() => null) : store[op](id).then((read) => read ?? null)
      results.push(await done.catch(describeError))
    }
    return { status: store.status, results }
  } catch (error) {
    return { status: null, results: [describeError(error)] }
  }
}

function describeError(error: unknown): string {
  if (!(error instanceof AppError)) throw error
  return `error ${error.code}: ${error.message}`
}

await main()
