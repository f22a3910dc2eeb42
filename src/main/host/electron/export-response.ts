/** The file of an export under the page's own scheme; the session asks where to save it. */
import type { Core } from '../headless/core.ts'
import { exportIdOf } from '../headless/export-download.ts'
import { AppError, errorSpec } from '../../../shared/errors.ts'
import { HOST } from './own-page.ts'
import type { FileRequest } from './renderer-files.ts'

/** Null for what is no export. A file that cannot be had is a status without a body: the window stays where it is. */
export function answerExport(openExport: Core['openExport'], { method, url: text }: FileRequest): Response | null {
  const url = URL.parse(text)
  const id = url?.host === HOST ? exportIdOf(url.pathname) : null
  if (id === null || method !== 'GET') return null
  try {
    const { fileName, contentType, chunks } = openExport(id)
    return new Response(bytesOf(chunks), {
      headers: {
        'content-type': contentType,
        'content-disposition': `attachment; filename="${fileName}"`,
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      },
    })
  } catch (error) {
    return new Response(null, { status: errorSpec(AppError.from(error).code).status })
  }
}

/** Pulled as the file is written to the disk; who cancels the download ends the export. */
function bytesOf(chunks: AsyncIterable<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const from = chunks[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await from.next()
      if (done === true) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    async cancel() {
      await from.return?.()
    },
  })
}
