/**
 * Downloads. Chromium fetches those of a link by itself, past any interception, and can't resolve the app's scheme; so what
 * the app hands out is taken from the app, and Chromium saves only what its page made.
 */
import { EventEmitter } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { schemeOf, toApp } from './app-urls.ts'
import { dialog } from './desktop-modules.ts'
import type { DownloadSource } from './page-host.ts'
import { contentsSession, network } from './session-module.ts'
import { preventable, strict } from './strict.ts'

interface SaveOptions {
  title?: string
  defaultPath?: string
}

/** What `will-download` hands out. Without a path set, the operator is asked, as Electron does. */
export async function startDownload(begun: DownloadSource, contents: object): Promise<void> {
  const source = await fromApp(begun)
  let path: string | null = null
  let saveOptions: SaveOptions = {}
  let isCancelled = false
  const item = strict(
    'DownloadItem',
    Object.assign(new EventEmitter(), {
      getURL: () => toApp(source.url()),
      getFilename: () => source.suggestedFilename(),
      setSavePath(wanted: string) {
        path = wanted
      },
      getSavePath: () => path ?? '',
      setSaveDialogOptions(options: SaveOptions) {
        saveOptions = options
      },
      getSaveDialogOptions: () => saveOptions,
      cancel() {
        isCancelled = true
      },
    }),
  )
  const event = preventable({})
  contentsSession.emit('will-download', event, item, contents)
  if (event.defaultPrevented || isCancelled) return source.cancel()
  const wanted = path ?? (await dialog.showSaveDialog(saveOptions)).filePath
  if (wanted === '') return source.cancel()
  const state = await source.saveAs(wanted).then(
    () => 'completed',
    () => 'interrupted',
  )
  item.emit('done', {}, state)
}

async function fromApp(begun: DownloadSource): Promise<DownloadSource> {
  const url = toApp(begun.url())
  const handler = network.handlers.get(schemeOf(url))
  // One that came by a navigation holds the app's answer already.
  if (handler === undefined || begun.url() === url) return begun
  await begun.cancel()
  const response = await handler(new Request(url))
  return attachmentOf(url, response) ?? attachment(url, begun.suggestedFilename(), response)
}

/** Null for an answer that is to be shown. */
export function attachmentOf(url: string, response: Response): DownloadSource | null {
  const fileName = /^attachment; filename="(.*)"$/.exec(response.headers.get('content-disposition') ?? '')?.[1]
  return fileName === undefined ? null : attachment(url, fileName, response)
}

function attachment(url: string, fileName: string, { body }: Response): DownloadSource {
  return {
    url: () => url,
    suggestedFilename: () => fileName,
    saveAs: (path) => writeFile(path, body ?? ''),
    cancel: async () => body?.cancel(),
  }
}
