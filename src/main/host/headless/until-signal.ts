const stopSignals = ['SIGINT', 'SIGTERM'] as const

/** Under npm one Ctrl-C arrives twice: from the terminal, and passed on by npm. Two that come this close are one. */
const ECHO_MS = 500

/** Resolves with the name of the first stop signal. A second one exits at once, with the code shells expect. */
export function untilSignal(): Promise<string> {
  return new Promise((resolve) => {
    let first: number | null = null
    for (const signal of stopSignals) {
      process.on(signal, () => {
        const now = performance.now()
        if (first === null) {
          first = now
          resolve(signal)
        } else if (now - first > ECHO_MS) process.exit(signal === 'SIGINT' ? 130 : 143)
      })
    }
  })
}
