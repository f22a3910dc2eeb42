/** The built page over HTTP: which files a browser may keep, and where the build lies. */
import { existsSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'
import { type PageFile, readPageFiles } from '../page-files.ts'

const YEAR_SECONDS = 31_536_000

export interface RendererBundle {
  /** Whether a file of the page has this address. */
  has(path: string): boolean
  sendFile(path: string, response: ServerResponse): void
  /** The page itself, for any address that is one of its own. */
  sendPage(response: ServerResponse): void
}

/** The bundle beside the running code, in a checkout and in a package alike. Null where it was not built. */
export function findRendererBundle(start: string): RendererBundle | null {
  for (let folder = start; ; folder = dirname(folder)) {
    const built = join(folder, 'out', 'renderer')
    if (existsSync(join(built, 'index.html'))) return loadRendererBundle(built)
    if (dirname(folder) === folder) return null
  }
}

export function loadRendererBundle(folder: string): RendererBundle {
  const { file, page } = readPageFiles(folder)
  return {
    has: (path) => file(path) !== undefined,
    sendFile(path, response) {
      const found = file(path)
      if (found === undefined) throw new Error(`no such file: ${path}`)
      // Only names with a hash of their content in them never change.
      if (path.startsWith('/assets/'))
        response.setHeader('cache-control', `private, max-age=${YEAR_SECONDS}, immutable`)
      send(response, found)
    },
    sendPage(response) {
      const { policy, ...found } = page()
      response.setHeader('content-security-policy', policy)
      send(response, found)
    },
  }
}

function send(response: ServerResponse, { body, contentType }: PageFile): void {
  response.writeHead(200, { 'content-type': contentType, 'content-length': body.length })
  response.end(body)
}
