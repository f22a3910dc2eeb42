/** What a place for secrets does, the keychain and the vault alike. Values come back exactly as they were given. */
export interface SecretItems {
  get(id: string): Promise<string | null>
  set(id: string, value: string): Promise<void>
  /** Does nothing when there is no such item. */
  delete(id: string): Promise<void>
}

/** Runs tasks one after another: a read-modify-write never meets another one half-way. */
export function createQueue(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return async (task) => {
    const run = last.then(task, task)
    last = run.catch(() => undefined)
    return run
  }
}
