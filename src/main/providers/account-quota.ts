/**
 * What is known of the quota of signed-in accounts, in memory. The request path only keeps the head of an answer, or the
 * bytes of an event; they are read when somebody asks, which routing does once for each. Nothing that is unknown or old
 * shuts an account out: it only goes behind the others.
 */
import type { JsonObject } from '../dialects/json.ts'
import { readUsagePage } from './account-reading.ts'
import { Account, type AccountRefusal, type AccountView } from './account-state.ts'
import { toAccountWindow, type KeptWindow } from './account-windows.ts'
import { CLEAR, type QuotaLeft, type QuotaNotes, type QuotaStanding } from './quota-view.ts'

export interface AccountQuotas {
  of(upstreamId: string): QuotaNotes
  refused(upstreamId: string, refusal: AccountRefusal): void
  /** The usage page. `overrules`: whatever was known before does not count. False for what is no usage page. */
  page(upstreamId: string, body: JsonObject, overrules?: boolean): boolean
  /** From an earlier run. */
  seed(upstreamId: string, windows: readonly KeptWindow[]): void
  standing(upstreamId: string, model: string, now: number): QuotaStanding
  left(upstreamId: string, now: number, model: string): QuotaLeft | null
  /** Null where nobody ever said anything. */
  view(upstreamId: string, now: number): AccountView | null
  /** The provider's id of a meter, by its name here. */
  meterId(upstreamId: string, meter: string): string
  forget(upstreamId: string): void
  /** Called when there is news of an account, once until it is looked at with `view`. */
  onNews(listener: (upstreamId: string) => void): void
}

export function createAccountQuotas(now: () => number): AccountQuotas {
  const known = new Map<string, Account>()
  const listeners: ((upstreamId: string) => void)[] = []

  function accountOf(id: string): Account {
    let account = known.get(id)
    if (account === undefined) {
      account = new Account(now, () => {
        for (const listener of listeners) listener(id)
      })
      known.set(id, account)
    }
    return account
  }

  return {
    of: accountOf,
    refused(id, refusal) {
      const account = accountOf(id)
      account.refuse(refusal)
      account.news()
    },
    page(id, body, overrules = false) {
      const at = now()
      const reading = readUsagePage(body, at)
      if (reading === null) return false
      const account = accountOf(id)
      account.read()
      account.take(reading, at, overrules)
      account.news()
      return true
    },
    seed: (id, windows) => accountOf(id).windows.seed(windows),
    standing: (id, model, at) => known.get(id)?.standing(model, at) ?? CLEAR,
    left: (id, at, model) => known.get(id)?.left(model, at) ?? null,
    view(id, at) {
      const account = known.get(id)
      if (account === undefined) return null
      account.read()
      account.looked()
      const { windows, credits, plan } = account
      if (windows.all.length === 0 && credits === null) return null
      return { windows: windows.all.map((window) => toAccountWindow(window, at)), credits, plan }
    },
    meterId: (id, meter) => known.get(id)?.windows.idOf(meter) ?? meter,
    forget: (id) => void known.delete(id),
    onNews: (listener) => void listeners.push(listener),
  }
}
