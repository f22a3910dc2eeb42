/** The operator surface as the benchmark uses it: sign in with the printed link, then call by the contract. */
import { Agent, request, type IncomingHttpHeaders } from 'node:http'
import type { Route, RouteInput, RouteOutput, RpcResult } from '../src/shared/contract.ts'

export type Call = <R extends Route>(route: R, input: RouteInput<R>) => Promise<RouteOutput<R>>

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

export async function signIn(adminUrl: string): Promise<{ call: Call; close(): void }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  const { origin } = new URL(adminUrl)
  const opened = await send(agent, adminUrl, 'GET', {}, '')
  const cookie = opened.headers['set-cookie']?.[0]?.split(';')[0]
  if (cookie === undefined) throw new Error(`The sign-in link gave no session (status ${opened.status}).`)
  return {
    async call(route, input) {
      const headers = { cookie, origin, 'content-type': 'application/json' }
      const answer = await send(agent, `${origin}/rpc`, 'POST', headers, JSON.stringify({ route, input }))
      const result = JSON.parse(answer.body) as RpcResult<RouteOutput<typeof route>>
      if (!result.ok) throw new Error(`${route} failed: ${result.error.code}: ${result.error.message}`)
      return result.value
    },
    close: () => agent.destroy(),
  }
}

function send(
  agent: Agent,
  url: string,
  method: string,
  headers: Record<string, string>,
  body: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent, method, headers: { ...headers, 'content-length': Buffer.byteLength(body) } })
    call.once('error', reject)
    call.once('response', (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.once('error', reject)
      response.once('end', () => {
        const text = Buffer.concat(parts).toString()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
      })
    })
    call.end(body)
  })
}
