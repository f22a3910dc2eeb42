/** A whole Weir with one ChatGPT account on the stand-in, a Pool and a key. */
import type { AppRig } from './app-rig.ts'
import { startApp } from './app-rig.ts'
import { startChatgptServer, type ChatgptServer } from './chatgpt-server.ts'

export interface AccountHouse {
  readonly server: ChatgptServer
  rig: AppRig
  readonly upstreamId: string
  readonly key: string
  /** A turn as a plain client asks for it, over a connection of its own. */
  ask(body?: object, headers?: Record<string, string>): Promise<Response>
  /** Stops Weir and starts it again on the same data. */
  restart(): Promise<void>
  close(): Promise<void>
}

export const PASSPHRASE = 'a passphrase of the test'
/** New each time: a start takes the passphrase out of it. */
const env = () => ({ WEIR_PASSPHRASE: PASSPHRASE })

export async function openAccountHouse(prepare: (server: ChatgptServer) => void = () => {}): Promise<AccountHouse> {
  const server = await startChatgptServer()
  prepare(server)
  const rig = await startApp({ env: env() })
  const { call } = rig
  await call('settings.update', { patch: { 'accounts.issuer': server.url, 'accounts.callbackPort': 0 } })
  const text = server.authFile()
  const { upstream } = await call('account.import', { source: 'text', text, name: 'Mine', baseUrl: server.baseUrl })
  const pool = await call('pool.create', { name: 'Team', assignments: [{ upstreamId: upstream.id }] })
  const { secret } = await call('key.create', { poolId: pool.id, name: 'laptop' })
  const house: AccountHouse = {
    server,
    rig,
    upstreamId: upstream.id,
    key: secret,
    ask: (body = {}, headers = {}) =>
      fetch(`${house.rig.app.gatewayUrl}/v1/responses`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ model: 'gpt-5.5', input: 'say something', stream: true, ...body }),
      }),
    async restart() {
      const { dataDir } = house.rig
      await house.rig.close()
      house.rig = await startApp({ dataDir, env: env() })
    },
    async close() {
      await house.rig.close()
      await server.close()
    },
  }
  return house
}
