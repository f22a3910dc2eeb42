/** The built page under our own scheme: what an address is answered with, and under which headers. */
import { readPageFiles } from '../page-files.ts'
import { HOST } from './own-page.ts'

const headers = {
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

export interface FileRequest {
  readonly method: string
  readonly url: string
}

/** Answers every request for our scheme. */
export function createRendererFiles(folder: string): (request: FileRequest) => Response {
  const files = readPageFiles(folder)
  return ({ method, url: text }) => {
    const url = URL.parse(text)
    const path = url?.host === HOST ? decode(url.pathname) : undefined
    if (path === undefined) return refusal(404)
    if (method !== 'GET') return refusal(405)
    const file = files.file(path)
    if (file !== undefined) return answer(file.body, { 'content-type': file.contentType })
    if (!isPagePath(path)) return refusal(404)
    const { body, contentType, policy } = files.page()
    return answer(body, { 'content-type': contentType, 'content-security-policy': policy })
  }
}

/** A page's own address, such as `/keys/key_1`: the page is one file and reads its address itself. */
function isPagePath(path: string): boolean {
  return /^\/[\w/-]*$/.test(path) && !path.startsWith('/assets/')
}

function decode(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname)
  } catch {
    // A broken escape names no file.
    return undefined
  }
}

function answer(body: Buffer<ArrayBuffer>, own: Readonly<Record<string, string>>): Response {
  return new Response(body, { headers: { ...headers, ...own } })
}

function refusal(status: number): Response {
  return new Response(null, { status, headers })
}
