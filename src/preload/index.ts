/** The whole bridge between the window's page and the core: two functions, and nothing of Electron passes through them. */
import { contextBridge, ipcRenderer } from 'electron'
import type { WeirBridge } from '../shared/host-contract.ts'

type Listener = Parameters<WeirBridge['on']>[0]

const bridge: WeirBridge = {
  invoke: (route, input) => ipcRenderer.invoke('rpc', route, input) as ReturnType<WeirBridge['invoke']>,
  on(listener) {
    // The page gets the events alone: Electron's own event object would hand it the sender.
    const relay = (_event: unknown, events: Parameters<Listener>[0]) => listener(events)
    ipcRenderer.on('event', relay)
    return () => {
      ipcRenderer.removeListener('event', relay)
    }
  },
}

contextBridge.exposeInMainWorld('weir', bridge)
