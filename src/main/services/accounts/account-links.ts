/**
 * Makes an upstream of a signed-in account, or signs one in again. The same account is never two upstreams, and one is
 * never made another account. The tokens, the row and the directory's record change together.
 */
import { AppError } from '../../../shared/errors.ts'
import type { Actor } from '../../../shared/models/audit.ts'
import type { AccountFacts } from '../../../shared/models/account.ts'
import type { Upstream, UpstreamSecret } from '../../../shared/models/upstream.ts'
import type { Db, Tx } from '../../db/database.ts'
import {
  deleteUpstream,
  findUpstream,
  insertUpstream,
  listUpstreams,
  updateUpstream,
  type StoredUpstream,
} from '../../db/upstream-store.ts'
import type { HealthView } from '../../gateway/health.ts'
import { providerOf } from '../../providers/registry.ts'
import type { Changes, Commit, Intent } from '../change.ts'
import type { EventHub } from '../events.ts'
import { refuseOwnAddress, type IsOwnAddress } from '../loop-check.ts'
import { found, newRecordId } from '../record-id.ts'
import { factsOf } from '../sanitise.ts'
import type { SecretSaving } from '../secret-saving.ts'
import { addressesOf, upstreamIntent, upstreamTarget } from '../upstream-draft.ts'
import type { UpstreamRuntime } from '../upstream-runtime.ts'
import { secretFacts } from '../upstream-secret.ts'
import { isSameAccount, type SignedIn } from './signed-in.ts'

/** What becomes of an account. */
export interface AccountTarget {
  /** Signed in again; null makes a new one. */
  readonly upstreamId: string | null
  readonly name?: string | undefined
  readonly baseUrl?: string | undefined
  readonly proxyUrl: string | null
}

export interface AccountLinks {
  /** `signIn` is what may fail; its failure is in the audit log as well. */
  link(actor: Actor, target: AccountTarget, signIn: () => Promise<SignedIn>): Promise<Upstream>
  /** The upstream that is this account. */
  holderOf(account: Pick<AccountFacts, 'accountId' | 'userId'>): StoredUpstream | undefined
}

export interface AccountLinkDeps {
  readonly db: Db
  readonly runtime: UpstreamRuntime
  readonly saving: SecretSaving
  readonly health: HealthView
  readonly changes: Changes
  readonly events: Pick<EventHub, 'emit'>
  readonly now: () => number
  readonly isOwnAddress: IsOwnAddress
  readonly wantModels: (id: string) => void
  /** Its tokens are others now: what is under way for the old ones must not touch them. */
  readonly replaced: (id: string) => void
}

const UNFINISHED = 'Weir stopped before the tokens were saved. Sign in again, or delete the upstream.'
const FACTS = ['name', 'email', 'plan', 'workspace', 'origin'] as const

function auditFacts({ name, account }: StoredUpstream) {
  return factsOf(
    { name, ...account },
    account === null ? ['name'] : FACTS.filter((each) => each === 'name' || each in account),
  )
}

/** The signed-in account that is meant to be signed in again. @throws AppError `account_not_signed_in` */
export function accountUpstream(upstream: StoredUpstream): StoredUpstream {
  if (upstream.kind === 'chatgpt') return upstream
  throw new AppError('account_not_signed_in', `“${upstream.name}” is no ChatGPT account.`)
}

/** A name that no upstream has: the word itself, or with the first number that is free. */
function freeName(db: Db, word: string): string {
  const taken = new Set(listUpstreams(db).map(({ name }) => name.toLowerCase()))
  for (let number = 1; ; number++) {
    const name = number === 1 ? word : `${word} ${number}`
    if (!taken.has(name.toLowerCase())) return name
  }
}

export function createAccountLinks(deps: AccountLinkDeps): AccountLinks {
  const { db, runtime, saving, changes, events, now } = deps

  function holderOf(account: Pick<AccountFacts, 'accountId' | 'userId'>, tx: Db | Tx = db) {
    return listUpstreams(tx).find((row) => row.account !== null && isSameAccount(row.account, account))
  }

  function refuseHeld(account: AccountFacts): void {
    const holder = holderOf(account)
    if (holder === undefined) return
    const message = `This account is the upstream “${holder.name}” already.`
    throw new AppError('account_exists', message, { details: { upstreamId: holder.id, name: holder.name } })
  }

  function newAccount(target: AccountTarget, account: AccountFacts): StoredUpstream {
    const at = now()
    const { defaultBaseUrl } = providerOf('chatgpt')
    const word = account.email?.slice(0, 70) ?? 'ChatGPT'
    return {
      id: newRecordId('ups'),
      name: target.name ?? freeName(db, word),
      kind: 'chatgpt',
      status: 'active',
      statusReason: null,
      baseUrl: target.baseUrl ?? defaultBaseUrl ?? '',
      proxyUrl: target.proxyUrl,
      notes: '',
      manualModels: [],
      fetchedModels: [],
      modelFacts: [],
      modelsFetchedAt: null,
      modelsError: null,
      secret: null,
      simulator: null,
      account,
      maxConcurrent: null,
      createdAt: at,
      updatedAt: at,
    }
  }

  function publish(upstream: StoredUpstream, secret: UpstreamSecret): Upstream {
    runtime.keepSecret(upstream.id, secret)
    deps.replaced(upstream.id)
    runtime.publish(upstream)
    deps.wantModels(upstream.id)
    events.emit({ type: 'upstream.changed', id: upstream.id })
    return runtime.present(upstream)
  }

  async function add(commit: Commit, target: AccountTarget, { tokens, facts }: SignedIn): Promise<Upstream> {
    const plain = newAccount(target, facts)
    for (const [address, field] of addressesOf(plain)) await refuseOwnAddress(deps.isOwnAddress, address, field)
    const secret: UpstreamSecret = { account: tokens }
    const upstream = { ...plain, secret: secretFacts(secret, now()) }
    // No await between the look and the row: of two sign-ins of one account that end together, one is refused.
    refuseHeld(facts)
    insertUpstream(db, { ...plain, status: 'auth_required', statusReason: UNFINISHED })
    try {
      await saving.serially(upstream.id, () =>
        saving.replace(upstream.id, secret, () =>
          commit((tx) => {
            updateUpstream(tx, upstream)
            return { value: undefined, target: upstreamTarget(upstream), after: auditFacts(upstream) }
          }),
        ),
      )
    } catch (error) {
      deleteUpstream(db, upstream.id)
      throw error
    }
    return publish(upstream, secret)
  }

  function renewed(before: StoredUpstream, { tokens, facts }: SignedIn, secret: UpstreamSecret): StoredUpstream {
    const { account } = before
    if (account !== null && !isSameAccount(account, facts)) {
      const [is, should] = [facts.email ?? 'another account', account.email ?? 'the account of this upstream']
      throw new AppError('account_mismatch', `“${before.name}” is ${should}, and ${is} was signed in.`)
    }
    const isBack = before.status === 'auth_required'
    return {
      ...before,
      account: {
        ...facts,
        accountId: tokens.accountId,
        userId: facts.userId ?? account?.userId ?? null,
        email: facts.email ?? account?.email ?? null,
        plan: facts.plan ?? account?.plan ?? null,
      },
      secret: secretFacts(secret, now()),
      status: isBack ? 'active' : before.status,
      statusReason: isBack ? null : before.statusReason,
      updatedAt: now(),
    }
  }

  async function signInAgain(commit: Commit, id: string, account: SignedIn): Promise<Upstream> {
    return saving.serially(id, async () => {
      const before = accountUpstream(found(findUpstream(db, id), 'ups'))
      const { account: _old, ...rest } = runtime.secretOf(id) ?? {}
      const secret: UpstreamSecret = { ...rest, account: account.tokens }
      const holder = holderOf(account.facts)
      // A row that was left unfinished has no account of its own yet.
      if (before.account === null && holder !== undefined && holder.id !== id) refuseHeld(account.facts)
      renewed(before, account, secret)
      const after = await saving.replace(id, secret, () => {
        // Read again: writing a secret takes time, and the row may have changed meanwhile.
        const after = renewed(found(findUpstream(db, id), 'ups'), account, secret)
        commit((tx) => {
          updateUpstream(tx, after)
          return { value: null, target: upstreamTarget(after), after: auditFacts(after) }
        })
        return after
      })
      deps.health.clear(id)
      return publish(after, secret)
    })
  }

  return {
    holderOf: (account) => holderOf(account),
    async link(actor, target, signIn) {
      const { upstreamId } = target
      if (upstreamId === null) {
        const intent: Intent = {
          actor,
          action: 'account.link',
          target: { kind: 'upstream', id: null, name: target.name ?? null },
        }
        return changes.runAsync(intent, async (commit) => add(commit, target, await signIn()))
      }
      const stored = findUpstream(db, upstreamId)
      return changes.runAsync(upstreamIntent(actor, 'account.relink', upstreamId, stored), async (commit) => {
        accountUpstream(found(stored, 'ups'))
        return signInAgain(commit, upstreamId, await signIn())
      })
    },
  }
}
