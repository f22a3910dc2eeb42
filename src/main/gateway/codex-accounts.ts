/**
 * Codex with a ChatGPT login asks which workspace its account is in, and where that is served, before its screen comes up. To
 * one whose token is a Pool key the answer is: the account that it names, and here.
 */
import type { IncomingMessage } from 'node:http'
import type { PoolRecord } from './ports.ts'

const ACCOUNT_HEADER = 'chatgpt-account-id'

/**
 * What `GET …/wham/accounts/check` answers. `plan` is that of the usage page. Codex takes no word about another account than it
 * asks for, and no origin without TLS. It goes to that origin only where its provider is named OpenAI and the base URL ends in
 * `/backend-api/codex`, so it is our own: ChatGPT's would be sent the Pool key.
 */
export function accountsPage({ headers }: Pick<IncomingMessage, 'headers'>, pool: PoolRecord, plan: string): object {
  const named = headers[ACCOUNT_HEADER]
  return {
    accounts: [
      {
        id: typeof named === 'string' ? named : pool.id,
        plan_type: plan,
        workspace_backend_origin: `https://${headers.host ?? ''}`,
        account_routing_override: 'NO_CONSTRAINT',
      },
    ],
  }
}
