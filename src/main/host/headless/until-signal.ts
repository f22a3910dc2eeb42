const stopSignals = ['SIGINT', 'SIGTERM'] as const

/** Under npm one Ctrl-C arrives twice: from the terminal, and passed on by npm. Two that come this close are one. */
const ECHO_MS = 500
const PARENT_CHECK_MS = 250

/** Resolves with the reason to stop. A signal after that exits at once, with the code shells expect. */
export function untilSignal(isUnderNpm: boolean): Promise<string> {
  return new Promise((resolve) => {
    let first: number | null = null
    for (const signal of stopSignals) {
      process.on(signal, () => {
        const now = performance.now()
        first ??= now
        resolve(signal)
        if (now - first > ECHO_MS) process.exit(signal === 'SIGINT' ? 130 : 143)
      })
    }
    if (isUnderNpm) {
      onParentEnd(() => {
        first ??= performance.now()
        resolve('npm ended')
      })
    }
  })
}

/**
 * npm passes a signal on to the shell between it and us, which dies of it and tells nobody. Losing that parent is then the
 * signal. Windows has no such shell, and there the parent's number never changes.
 */
function onParentEnd(act: () => void): void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    act()
  }, PARENT_CHECK_MS)
  timer.unref()
}
