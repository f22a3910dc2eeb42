/** ChatGPT accounts: signing in, by each of the ways, and keeping what was signed in alive. */
import { AppError } from '../../../shared/errors.ts'
import type { Actor } from '../../../shared/models/audit.ts'
import type { AccountBegin, AccountFound, AccountImport } from '../../../shared/models/account.ts'
import type { Upstream } from '../../../shared/models/upstream.ts'
import type { Settings } from '../../../shared/settings.ts'
import { findUpstream } from '../../db/upstream-store.ts'
import type { AccountKeeper } from '../../gateway/ports.ts'
import { accountClaims } from '../../providers/chatgpt-claims.ts'
import { CODEX_CLIENT_ID, ownerOfToken, type Issuer } from '../../providers/chatgpt-oauth.ts'
import { found } from '../record-id.ts'
import { accountUpstream, createAccountLinks, type AccountLinkDeps, type AccountTarget } from './account-links.ts'
import { readAuthFile, TWO_HOLDERS } from './auth-file.ts'
import type { CodexHome } from './codex-home.ts'
import { createKeeper, type KeeperDeps } from './keeper.ts'
import { createRefreshSchedule } from './refresh-schedule.ts'
import { createSignInFlows, type SignInFlows } from './sign-in-flows.ts'
import { signedIn, type SignedIn } from './signed-in.ts'

export interface AccountService extends SignInFlows {
  /** @throws AppError `auth_file_…`, `account_…` */
  import(actor: Actor, input: AccountImport): Promise<{ upstream: Upstream; warning: string | null }>
  found(): Promise<AccountFound>
  /** The gateway's port. */
  readonly keeper: AccountKeeper
  /** Begins the schedule of renewals. */
  start(): void
}

export interface AccountDeps extends Omit<AccountLinkDeps, 'replaced'>, KeeperDeps {
  readonly settings: () => Settings
  readonly codexHome: CodexHome
  /** How long a sign-in may take, ms. */
  readonly flowMs?: number
}

export function createAccountService(deps: AccountDeps): AccountService {
  const { db, runtime, codexHome, now, log } = deps
  const keeper = createKeeper(deps)
  const links = createAccountLinks({ ...deps, replaced: keeper.replaced })
  const schedule = createRefreshSchedule({
    keeper,
    aheadMs: () => deps.settings()['accounts.refreshAheadMs'],
    now,
    log,
  })
  const stop = new AbortController()

  /** An account is signed in again where it was signed in first, unless the operator says otherwise. */
  function serverFor({
    upstreamId,
    issuer,
    proxyUrl,
  }: Pick<AccountBegin, 'upstreamId' | 'issuer' | 'proxyUrl'>): Issuer {
    const again = upstreamId === undefined ? undefined : accountUpstream(found(findUpstream(db, upstreamId), 'ups'))
    const secret = again === undefined ? null : runtime.secretOf(again.id)
    return {
      issuer: (issuer ?? secret?.account?.issuer ?? deps.settings()['accounts.issuer']).replace(/\/+$/, ''),
      clientId: CODEX_CLIENT_ID,
      proxyUrl: proxyUrl ?? again?.proxyUrl ?? null,
      proxyCredentials: secret?.proxyCredentials,
    }
  }

  const flows = createSignInFlows({
    serverFor,
    link: links.link,
    callbackPort: () => deps.settings()['accounts.callbackPort'],
    events: deps.events,
    now,
    ...(deps.flowMs === undefined ? {} : { flowMs: deps.flowMs }),
  })

  async function ofToken(server: Issuer, token: string): Promise<SignedIn> {
    if (!/^at-[\x21-\x7e]+$/.test(token)) {
      throw new AppError('account_token_invalid', 'This is no business access token: one begins with at-.')
    }
    const { accountId, userId, email, plan } = await ownerOfToken(server, token, stop.signal)
    const grant = { accessToken: token, refreshToken: null, idToken: null }
    const { tokens, facts } = signedIn(grant, { server, origin: 'token', now: now(), accountId })
    return { tokens, facts: { ...facts, userId, email, plan } }
  }

  async function textOf(input: Exclude<AccountImport, { source: 'token' }>): Promise<string> {
    if (input.source === 'text') return input.text
    const text = await codexHome.read()
    if (text === null) throw new AppError('auth_file_missing', `There is no ${codexHome.path}.`)
    return text
  }

  async function ofInput(input: AccountImport): Promise<SignedIn> {
    const server = serverFor(input)
    if (input.source === 'token') return ofToken(server, input.token)
    const { grant, accountId } = readAuthFile(await textOf(input), now())
    return signedIn(grant, { server, origin: 'import', now: now(), accountId })
  }

  return {
    ...flows,
    keeper,
    async import(actor, input) {
      const { upstreamId = null, name, baseUrl, proxyUrl } = input
      const target: AccountTarget = { upstreamId, name, baseUrl, proxyUrl }
      const upstream = await links.link(actor, target, () => ofInput(input))
      return { upstream, warning: input.source === 'token' ? null : TWO_HOLDERS }
    },
    async found() {
      const { path } = codexHome
      const nothing = { path, isThere: false, email: null, plan: null, upstreamId: null, problem: null }
      try {
        const text = await codexHome.read()
        if (text === null) return nothing
        const { grant, accountId } = readAuthFile(text, now())
        const claims = accountClaims(grant.accessToken, grant.idToken)
        const { email, plan, userId } = claims
        const holder = links.holderOf({ accountId: claims.accountId ?? accountId ?? '', userId })
        return { ...nothing, isThere: true, email, plan, upstreamId: holder?.id ?? null }
      } catch (thrown) {
        const { code, message } = AppError.from(thrown)
        return { ...nothing, isThere: code !== 'auth_file_missing', problem: { code, message } }
      }
    },
    start: schedule.start,
    async close() {
      stop.abort()
      schedule.close()
      await flows.close()
      await keeper.close()
    },
  }
}
