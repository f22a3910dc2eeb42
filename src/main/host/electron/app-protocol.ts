/** `app://weir/`: our own scheme instead of file:, so that the page has an origin of its own and can read no file. */
import { protocol } from 'electron'
import { answerExport } from './export-response.ts'
import type { Core } from '../headless/core.ts'
import { SCHEME } from './own-page.ts'
import { createRendererFiles } from './renderer-files.ts'

/** Before Electron is ready. */
export function declareScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ])
}

/** After. */
export function serveRenderer(folder: string, openExport: Core['openExport']): void {
  const files = createRendererFiles(folder)
  protocol.handle(SCHEME, (request) => answerExport(openExport, request) ?? files(request))
}
