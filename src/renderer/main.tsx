/** Entry of the page, in the desktop window and in a browser alike. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { startApi } from './lib/api.ts'
import { keepFresh } from './lib/live.ts'
import { createQueryClient } from './lib/query-client.ts'
import { listenForShortcuts } from './lib/shortcuts.ts'
import { announceStyleNonce, readStyleNonce } from './lib/style-nonce.ts'
import { chooseTransport } from './lib/transport.ts'
import type { WeirBridge } from '../shared/host-contract.ts'
import './styles/all.css'

const nonce = readStyleNonce()
announceStyleNonce(nonce)
const queryClient = createQueryClient()
const api = startApi(chooseTransport(window as { weir?: WeirBridge }), () => void queryClient.invalidateQueries())
keepFresh(queryClient, api.onEvents)
listenForShortcuts(window)

const root = document.getElementById('root')
if (root === null) throw new Error('the page has no root element')
createRoot(root).render(
  <StrictMode>
    <App queryClient={queryClient} nonce={nonce} />
  </StrictMode>,
)
