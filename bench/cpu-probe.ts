/** Loaded into a subject (`node --import`) where there is no /proc: tells the runner its CPU time and memory. */
process.on('message', (question: unknown) => {
  if (question !== 'usage') return
  const { user, system } = process.cpuUsage()
  process.send?.({ cpuMicros: user + system, rssBytes: process.memoryUsage.rss() })
})
// Listening must not keep the subject alive.
process.channel?.unref()
