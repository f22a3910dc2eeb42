/**
 * The yardstick: the least a correct Node proxy does with `node:http` in front and undici's `dispatch` behind. It reads
 * the request, drops hop-by-hop headers, sets the upstream's credential, streams the answer with backpressure and
 * aborts the upstream when the client leaves. No keys, no accounting, no JSON.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Dispatcher, Pool } from 'undici'

const HOP_BY_HOP = ['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'proxy-connection']

const upstreamPort = Number(process.argv[2])
const port = Number(process.argv[3] ?? 0)
const pool = new Pool(`http://127.0.0.1:${upstreamPort}`, { headersTimeout: 600_000, bodyTimeout: 300_000 })

const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => forward(request, response, parts.length === 1 ? parts[0]! : Buffer.concat(parts)))
})
server.listen(port, '127.0.0.1', 8_192, () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  process.stdout.write(`${JSON.stringify({ port: address.port })}\n`)
})
process.on('SIGTERM', () => process.exit(0))

function forward(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const headers: IncomingHttpHeaders = { ...request.headers, authorization: 'Bearer upstream-secret' }
  for (const name of HOP_BY_HOP) delete headers[name]
  delete headers.host
  const { url: path = '/', method = 'GET' } = request
  pool.dispatch(
    { path, method: method as Dispatcher.HttpMethod, headers, body: body.length === 0 ? null : body },
    answerHandler(response),
  )
}

function answerHandler(response: ServerResponse): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller) {
      response.on('drain', () => controller.resume())
      response.on('close', () => {
        if (!response.writableFinished) controller.abort(new Error('the client has gone'))
      })
    },
    onResponseStart(_controller, statusCode, headers) {
      for (const name of HOP_BY_HOP) delete headers[name]
      response.writeHead(statusCode, headers)
    },
    onResponseData(controller, chunk) {
      if (!response.write(chunk)) controller.pause()
    },
    onResponseEnd() {
      response.end()
    },
    onResponseError(_controller, error) {
      if (response.headersSent) response.destroy(error)
      else response.writeHead(502).end()
    },
  }
}
