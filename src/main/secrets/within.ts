/** Waits for work that cannot be cancelled, up to a bound. The work itself goes on; only the waiting ends. */
export async function within<T>(timeoutMs: number, work: Promise<T>, onTimeout: () => Error): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(onTimeout()), timeoutMs)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
