/**
 * Loaded before Portkey. As published, 1.15.2 answers every streamed request with 500 on Node 24: it writes into headers
 * that its HTTP library hands over read-only (its issues 1389 and 1550). Here the upstream's answer gets a writable copy
 * of them, once per stream; plain answers and the bytes of a stream are left alone, so the figures stay Portkey's own.
 */
const originalFetch = globalThis.fetch

globalThis.fetch = async (...args) => {
  const response = await originalFetch(...args)
  if (response.headers.get('content-type')?.startsWith('text/event-stream') === true) {
    Object.defineProperty(response, 'headers', { value: new Headers(response.headers) })
  }
  return response
}
