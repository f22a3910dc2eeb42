/** `ipcMain`: calls from the preload's world, with the sender that Electron would name. */
import { codec, type IpcCall, type PageHost } from './page-host.ts'
import { strict } from './strict.ts'

type Handler = (event: object, ...args: unknown[]) => unknown
const handlers = new Map<string, Handler>()

export const ipcMain = strict('ipcMain', {
  handle(channel: string, handler: Handler) {
    if (handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`)
    handlers.set(channel, handler)
  },
  removeHandler: (channel: string) => void handlers.delete(channel),
})

export async function answerIpc(sender: object, host: PageHost, { id, channel, payload }: IpcCall): Promise<void> {
  const senderFrame = { url: host.frameUrl(), parent: null }
  try {
    const handler = handlers.get(channel)
    if (handler === undefined) throw new Error(`No handler registered for '${channel}'`)
    const result = await handler({ sender, senderFrame }, ...(codec.decode(payload) as unknown[]))
    host.tell('settle', id, true, codec.encode(result))
  } catch (error) {
    host.tell('settle', id, false, codec.encode(`Error invoking remote method '${channel}': ${String(error)}`))
  }
}
