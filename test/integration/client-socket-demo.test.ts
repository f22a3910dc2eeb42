/** The built program with `--demo`: a WebSocket of a client works without any account. */
import { expect, it } from 'vitest'
import { openSocket } from '../support/socket-client.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { startHost } from '../support/weir-process.ts'

it('serves turns over a WebSocket to the simulator', async () => {
  const host = await startHost(makeTempDir('socket-demo'))
  try {
    const { port, pathname } = new URL(`${host.baseUrl}/responses`)
    const client = await openSocket({ port: Number(port), key: host.apiKey, path: pathname })
    const input = [{ role: 'user', content: 'say: the gate is open' }]
    const first = await client.turn({ model: 'sim-chat', store: false, input })
    expect(first.map(({ delta }) => delta ?? '').join('')).toBe('the gate is open')
    const { id } = first.at(-1)?.response ?? {}
    const next = {
      model: 'sim-chat',
      store: false,
      previous_response_id: id,
      input: [{ role: 'user', content: 'say: still' }],
    }
    const second = await client.turn(next)
    expect(second.at(-1)?.response).toMatchObject({ status: 'completed', previous_response_id: id })
    host.signal('SIGTERM')
    expect((await client.closed)[0]).toBe(1001)
    expect((await host.ended).code).toBe(0)
  } finally {
    host.signal('SIGKILL')
  }
})
