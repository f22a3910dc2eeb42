/**
 * Secrets in the OS keychain. The index item of a secret is the commit point: parts of the new generation are written
 * first, into the slot the old generation does not use, and cleared only after. Each slot always holds an unbroken run of
 * parts from 0 (written upwards, cleared downwards), so leftovers of a torn write are found without listing the keychain.
 */
import { AppError } from '../../shared/errors.ts'
import { joinParts, layOut, MAX_PARTS, readHead, type Head } from './chunks.ts'
import { createQueue, type SecretItems } from './secret-items.ts'
import { within } from './within.ts'

/** The part of keytar that is used. Declared here because keytar is optional and may not be installed. */
export interface Keychain {
  getPassword(service: string, account: string): Promise<string | null>
  setPassword(service: string, account: string, password: string): Promise<void>
  deletePassword(service: string, account: string): Promise<boolean>
}

/** Both become part of an item's name, which Windows compares without case and limits in length. */
const idPattern = /^[A-Za-z0-9._:-]{1,200}$/

export function createKeychainItems(keychain: Keychain, service: string, timeoutMs: number = 60_000): SecretItems {
  const queue = createQueue()
  const slots = createSlots(keychain, service)

  async function currentHead(id: string): Promise<Head | null> {
    const text = await keychain.getPassword(service, id)
    return text === null ? null : readHead(text)
  }

  async function read(id: string): Promise<string | null> {
    const text = await keychain.getPassword(service, id)
    if (text === null) return null
    const head = readHead(text)
    if (head === null) throw damaged(id)
    if ('value' in head) return head.value
    const parts = await slots.read(id, head.generation, head.count)
    const value = parts === null ? null : joinParts(parts, head.sha256)
    if (value === null) throw damaged(id)
    return value
  }

  async function write(id: string, value: string): Promise<void> {
    const head = await currentHead(id)
    const generation = (head !== null && 'generation' in head ? head.generation : 0) + 1
    const layout = layOut(value, generation)
    if (layout.parts.length > MAX_PARTS) {
      throw new AppError(
        'invalid_input',
        `The secret is too large for the OS keychain: it needs more than ${MAX_PARTS} parts.`,
      )
    }
    await slots.write(id, generation, layout.parts)
    await keychain.setPassword(service, id, layout.head)
    // The new value stands. Parts that cannot be cleared now are cleared by the next write or delete of the same id.
    await clearSlots(id, generation, layout.parts.length).catch(() => undefined)
  }

  async function clearSlots(id: string, generation: number, keep: number): Promise<void> {
    await slots.clear(id, generation, keep)
    await slots.clear(id, generation + 1, 0)
  }

  async function remove(id: string): Promise<void> {
    await keychain.deletePassword(service, id)
    await clearSlots(id, 0, 0)
  }

  /** One call at a time, and none waits for ever: the keychain may be showing an unlock dialog nobody sees. */
  async function run<T>(id: string, verb: string, task: () => Promise<T>): Promise<T> {
    if (!idPattern.test(id)) throw new Error('a secret id must be 1 to 200 of A-Z a-z 0-9 . _ : -')
    let hasGivenUp = false
    async function unlessGivenUp(): Promise<T> {
      if (hasGivenUp) throw new Error('given up while waiting for an earlier call')
      return task()
    }
    try {
      return await within(timeoutMs, queue(unlessGivenUp), () => {
        hasGivenUp = true
        return new Error(`no answer within ${timeoutMs / 1_000} s`)
      })
    } catch (error) {
      throw error instanceof AppError ? error : refused(verb, id, error)
    }
  }

  return {
    get: async (id) => run(id, 'read', async () => read(id)),
    set: async (id, value) => run(id, 'saved', async () => write(id, value)),
    delete: async (id) => run(id, 'deleted', async () => remove(id)),
  }
}

/** The parts of a secret: two slots, used in turn by odd and even generations. */
function createSlots(keychain: Keychain, service: string) {
  function account(id: string, generation: number, part: number): string {
    return `${id}/${generation % 2}/${part}`
  }

  return {
    async read(id: string, generation: number, count: number): Promise<string[] | null> {
      const parts: string[] = []
      for (let part = 0; part < count; part++) {
        const text = await keychain.getPassword(service, account(id, generation, part))
        if (text === null) return null
        parts.push(text)
      }
      return parts
    },
    async write(id: string, generation: number, parts: readonly string[]): Promise<void> {
      for (const [part, text] of parts.entries()) {
        await keychain.setPassword(service, account(id, generation, part), text)
      }
    },
    /** Keeps the first `keep` parts. */
    async clear(id: string, generation: number, keep: number): Promise<void> {
      let end = keep
      while (end < MAX_PARTS && (await keychain.getPassword(service, account(id, generation, end))) !== null) end++
      while (end > keep) {
        end--
        await keychain.deletePassword(service, account(id, generation, end))
      }
    },
  }
}

function damaged(id: string): AppError {
  const message = `The keychain items of ${id} are incomplete or were changed by something else. Enter the secret again.`
  return new AppError('secret_store_unavailable', message, { details: { id } })
}

/** The keychain's own words name services and paths, never a value. */
function refused(verb: string, id: string, error: unknown): AppError {
  const why = error instanceof Error ? error.message : 'no reason given'
  const message = `The secret of ${id} could not be ${verb}: the OS keychain said: ${why}. Unlock it and try again.`
  return new AppError('secret_store_unavailable', message, { details: { id } })
}
