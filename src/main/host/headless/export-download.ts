/** Hands out the file of an export, once, as fast as the browser takes it. A browser that stops ends the export. */
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ExportFile } from './core.ts'

/** Null for any other path. */
export function exportIdOf(path: string): string | null {
  return /^\/exports\/(exp_[0-9A-Za-z]{24})$/.exec(path)?.[1] ?? null
}

export async function sendExport(response: ServerResponse, file: ExportFile): Promise<void> {
  response.writeHead(200, {
    'content-type': file.contentType,
    'content-disposition': `attachment; filename="${file.fileName}"`,
  })
  try {
    await pipeline(Readable.from(file.chunks, { objectMode: false, encoding: 'utf8' }), response)
  } catch {
    // The connection is cut, which is how a browser learns that the file is not whole. The job says why.
    response.destroy()
  }
}
