/**
 * The two channels to the window. Calls are answered only to the top frame of our own window on our own address, go
 * through the same router as every other surface, and are never answered with an exception: of one of those Electron
 * would pass on the words alone.
 */
import { ipcMain, type WebContents } from 'electron'
import type { RpcResult } from '../../../shared/contract.ts'
import type { HostEvent } from '../../../shared/host-contract.ts'
import type { Core, HostLog } from '../headless/core.ts'
import { createEventBatches } from './event-batches.ts'
import { isOwnSender } from './own-sender.ts'

export interface IpcDeps {
  readonly core: Pick<Core, 'dispatch' | 'subscribe'>
  /** Null while no window is open. */
  readonly page: () => WebContents | null
  readonly log: HostLog
}

export interface Ipc {
  send(event: HostEvent): void
  close(): void
}

export function openIpc({ core, page, log }: IpcDeps): Ipc {
  ipcMain.handle('rpc', (event, route: unknown, input: unknown): Promise<RpcResult<unknown>> | RpcResult<unknown> => {
    if (!isOwnSender(event, page())) {
      log.warn('a call was refused: it did not come from the window')
      return refusal('sender_not_allowed', 'The call was refused: it did not come from the page of the window.')
    }
    if (typeof route !== 'string') {
      return refusal('unknown_route', 'The call was refused: its route is not a text.')
    }
    return core.dispatch(route, input, { actor: 'operator' })
  })

  const stopBatches = createEventBatches({ subscribe: core.subscribe, send: (events) => page()?.send('event', events) })

  return {
    send: (event) => page()?.send('event', [event]),
    close() {
      stopBatches()
      ipcMain.removeHandler('rpc')
    },
  }
}

function refusal(code: 'sender_not_allowed' | 'unknown_route', message: string): RpcResult<never> {
  return { ok: false, error: { code, message } }
}
