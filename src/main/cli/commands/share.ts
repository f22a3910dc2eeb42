import type { SharingStatus } from '../../../shared/models/sharing.ts'
import { parseCount } from '../arguments.ts'
import type { Answer, Command, Context } from '../command.ts'
import { align, count, facts, time } from '../format.ts'

export const shareCommands: readonly Command[] = [
  {
    words: ['share'],
    args: [{ name: 'ADDRESS', optional: true }],
    flags: [{ name: 'port', value: 'PORT', help: 'Move to this port as well.' }],
    help: 'Who can reach the gateway, or move it: loopback, all, an interface or an address.',
    needsInstance: () => true,
    run: share,
  },
  {
    words: ['restart'],
    args: [],
    flags: [],
    help: 'Restart in place, so that settings that wait for it come into force.',
    needsInstance: () => true,
    run: restart,
  },
]

async function share({ call, input }: Context): Promise<Answer> {
  const [address] = input.args
  const port = parseCount('port', input.text('port'), 65_535)
  const isChange = address !== undefined || port !== undefined
  const now = await call('sharing.status', {})
  const change = { address: address ?? now.host, ...(port === undefined ? {} : { port }) }
  const status = isChange ? await call('sharing.set', change) : now
  return { json: status, text: describe(status) }
}

function describe({ host, port, baseUrls, facts: said, clients }: SharingStatus): string {
  const seen = clients.map((client) => [
    `  ${client.address}`,
    client.keyName,
    client.client,
    `${count(client.recentRequests)} requests in 10 min`,
    time(client.lastSeenAt),
  ])
  return [
    facts([['Listens on', `${host} port ${port}`], ...baseUrls.map(({ url }) => ['Base URL', url] as const)]),
    ...said.map((fact) => `${fact.text}\n`),
    seen.length === 0 ? '' : `Clients:\n${align(seen)}\n`,
  ].join('')
}

async function restart({ call }: Context): Promise<Answer> {
  const answer = await call('system.restart', {})
  return { json: answer, text: 'Restarting. `weir status` says when it is back.\n' }
}
