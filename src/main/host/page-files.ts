/**
 * The built page, held in memory, for whichever host hands it out. The folder is read once and an address only ever finds
 * an entry of that list: no path is made from what is asked for, so none can lead out. Links in the folder are not
 * followed. A build that happens meanwhile can't mix two versions either.
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'

/** The build leaves this where the nonce belongs; each page handed out gets a fresh one. */
const NONCE_PLACE = '__WEIR_NONCE__'

export interface PageFile {
  readonly body: Buffer<ArrayBuffer>
  readonly contentType: string
}

export interface PageFiles {
  /** By its address, such as `/assets/index-1.js`. */
  file(path: string): PageFile | undefined
  /** The page itself, for any address that is one of its own, with the content policy that belongs to it. */
  page(): PageFile & { readonly policy: string }
}

export function readPageFiles(folder: string): PageFiles {
  const files = readFiles(folder, '/')
  const html = files.get('/index.html')?.body.toString('utf8') ?? ''
  files.delete('/index.html')
  return {
    file: (path) => files.get(path),
    page() {
      const nonce = randomBytes(18).toString('base64')
      const body = Buffer.from(html.replaceAll(NONCE_PLACE, nonce))
      return { body, contentType: 'text/html; charset=utf-8', policy: contentPolicy(nonce) }
    },
  }
}

/** Scripts are files of ours alone. Style sheets made at run time carry the page's nonce. */
function contentPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}

const contentTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

function readFiles(folder: string, prefix: string): Map<string, PageFile> {
  const files = new Map<string, PageFile>()
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isFile()) {
      const contentType = contentTypes[extname(entry.name)] ?? 'application/octet-stream'
      files.set(`${prefix}${entry.name}`, { body: readFileSync(path), contentType })
    } else if (entry.isDirectory()) {
      for (const [name, file] of readFiles(path, `${prefix}${entry.name}/`)) files.set(name, file)
    }
  }
  return files
}
