import { baseUrlOf } from '../../host/headless/announce.ts'
import type { Answer, Command, Context } from '../command.ts'
import { count, facts, time } from '../format.ts'

export const systemCommands: readonly Command[] = [
  {
    words: ['start'],
    args: [],
    flags: [],
    help: 'Start Weir, with the flags of `npm start`; `weir start --help` lists them.',
    // Answered before the table is read: the host has flags of its own.
    run: () => Promise.reject(new Error('start does not run through the table')),
  },
  {
    words: ['status'],
    args: [],
    flags: [],
    help: 'What runs and where, with a fresh sign-in link.',
    needsInstance: () => true,
    run: status,
  },
]

async function status({ call }: Context): Promise<Answer> {
  const now = await call('system.status', {})
  const { url } = await call('system.signInLink', {})
  const { gateway, secretStore } = now
  const baseUrl = baseUrlOf(gateway.url)
  const store = secretStore.usable ? secretStore.kind : `${secretStore.kind}, not usable: ${secretStore.reason ?? ''}`
  return {
    json: { ...now, baseUrl, signInUrl: url },
    text: facts([
      ['Version', now.version],
      ['Running since', time(now.startedAt)],
      ['Base URL', `${baseUrl}${gateway.listening ? '' : ' (not listening)'}`],
      ['Reachable from', gateway.exposed ? 'the network, with a valid Pool key' : 'this machine only'],
      ['In flight', `${count(gateway.requestsInFlight)} requests`],
      ['Accounting', gateway.accountingError ?? 'ok'],
      ['Secret store', store],
      ['Data', now.dataDir],
      ['Sign in', url === null ? 'no page is served' : `${url} (once, within 15 minutes)`],
    ]),
  }
}
