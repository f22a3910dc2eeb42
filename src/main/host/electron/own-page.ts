/** The one address of our pages. `URL.origin` says "null" for a scheme like ours, so scheme and host are compared. */
export const SCHEME = 'app'
export const HOST = 'weir'
export const HOME = `${SCHEME}://${HOST}/`

export function isOwnPage(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && url.protocol === `${SCHEME}:` && url.host === HOST && url.username === ''
}

/** Ours, or bytes that our page made itself, as it does for an export. */
export function isOwnContent(text: string): boolean {
  return isOwnPage(text.startsWith('blob:') ? text.slice('blob:'.length) : text)
}
