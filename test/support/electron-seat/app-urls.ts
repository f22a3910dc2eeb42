/**
 * Chromium can't be given a scheme of our own from outside. `app://host/path` is therefore shown to it as an https origin
 * that resolves nowhere, and turned back wherever the app sees an address.
 */
const native = /^(https?|file|data|blob|about|devtools|chrome-error):/
const virtual = /^(blob:)?https:\/\/([^/]*?)\.([a-z][a-z0-9+-]*)\.electron-seat\.invalid(?=\/|$)/

export function toChromium(url: string): string {
  return native.test(url) ? url : url.replace(/^([a-z][a-z0-9+-]*):\/\/([^/]*)/, 'https://$2.$1.electron-seat.invalid')
}

export function toApp(url: string): string {
  return url.replace(virtual, (_all, blob: string | undefined, host: string, scheme: string) => {
    return `${blob ?? ''}${scheme}://${host}`
  })
}

export function schemeOf(url: string): string {
  return URL.parse(url)?.protocol.slice(0, -1) ?? ''
}

export function isLoopbackUrl(url: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(URL.parse(url)?.hostname ?? '')
}
