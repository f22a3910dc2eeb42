/** Lets the event loop serve everything that waits, streams first, before long work goes on. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** Between two slices of work on the one connection that writes: others get at least as much of the loop as it takes. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 5)
  })
}
