// Runs before the first paint, so that the page never flashes in the wrong scheme. Mirrors lib/scheme.ts.
;(() => {
  let wanted = null
  try {
    wanted = localStorage.getItem('weir.scheme')
  } catch {
    // Storage may be denied; the system's scheme will do.
  }
  const dark = wanted === 'dark' || (wanted !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light')
})()
