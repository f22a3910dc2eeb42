/**
 * Where a page may have kept a text: in the document, its storage, its address, or anywhere in what React and the query
 * cache hold on to. Each place found is named, so that a failing test says where to look.
 */
import type { Page } from 'playwright-core'
import { canarySearch } from './canaries.ts'

/** Runs in the page. Follows every property that can be reached from the root of the page's components. */
const search = `async (wanted) => {
  const found = []
  const say = (place) => { if (found.length < 10) found.push(place) }
  if (document.documentElement.outerHTML.includes(wanted)) say('the document')
  for (const field of document.querySelectorAll('input, textarea')) if (field.value.includes(wanted)) say('a field')
  for (const [name, store] of [['localStorage', localStorage], ['sessionStorage', sessionStorage]]) {
    if (JSON.stringify({ ...store }).includes(wanted)) say(name)
  }
  if (document.cookie.includes(wanted)) say('a cookie')
  if (decodeURIComponent(location.href).includes(wanted)) say('the address')
  if (JSON.stringify(history.state ?? null).includes(wanted)) say('the history')
  if (performance.getEntries().some(({ name }) => name.includes(wanted))) say('the names of resources')
  for (const { name } of await indexedDB.databases()) say('a database of the browser: ' + name)

  const root = document.getElementById('root')
  const container = Object.keys(root).find((name) => name.startsWith('__reactContainer'))
  const seen = new Set()
  const queue = [['react', root[container]]]
  while (queue.length > 0 && seen.size < 3_000_000) {
    const [path, value] = queue.pop()
    if (typeof value === 'string') {
      if (value.includes(wanted)) say(path)
      continue
    }
    if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value)) continue
    if (value === window || value === document) continue
    seen.add(value)
    const push = (name, next) => queue.push([path.length > 300 ? '…' + path.slice(-200) + '.' + name : path + '.' + name, next])
    if (value instanceof Map) for (const [key, entry] of value) { push('key', key); push('value', entry) }
    if (value instanceof Set) for (const entry of value) push('entry', entry)
    for (const name of Reflect.ownKeys(value)) {
      const property = Object.getOwnPropertyDescriptor(value, name)
      if (property !== undefined && 'value' in property) push(String(name), property.value)
    }
  }
  if (seen.size < 1_000) say('nothing could be searched')
  return found
}`

export async function tracesOf(page: Page, wanted: string): Promise<string[]> {
  return await page.evaluate<string[]>(`(${search})(${JSON.stringify(wanted)})`)
}

export interface CallTrace {
  /** What was asked and answered, as text: `→ key.create {…}`, `← key.create {…}`, and the events. */
  readonly lines: readonly string[]
}

/** Everything that goes between the page and the core from now on. */
export async function traceCalls(page: Page): Promise<CallTrace> {
  const lines: string[] = []
  page.on('request', (request) => {
    const body = request.postData()
    lines.push(`→ ${request.url()} ${body ?? ''}`)
  })
  page.on('response', (response) => {
    if (!response.url().endsWith('/rpc')) return
    const asked = response.request().postData() ?? ''
    void response.text().then(
      (text) => lines.push(`← ${/"route":"([^"]+)"/.exec(asked)?.[1] ?? ''} ${text}`),
      () => lines.push('← cut off'),
    )
  })
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  session.on('Network.eventSourceMessageReceived', ({ data }) => lines.push(`event ${data}`))
  return { lines }
}

/** What had a text in any form: `→ key.create` for a call, `← key.create` for an answer, all else as it came. */
export function whatHeld({ lines }: CallTrace, wanted: string): string[] {
  const search = canarySearch({ wanted })
  return lines
    .filter((line) => search(line, 'trace').length > 0)
    .map((line) => {
      const route = (/^→ \S+\/rpc .*?"route":"([^"]+)"/.exec(line) ?? /^← (\S+\.\S+)/.exec(line))?.[1]
      return route === undefined ? line : `${line.slice(0, 1)} ${route}`
    })
}
