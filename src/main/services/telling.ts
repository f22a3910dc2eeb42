/** What tells the operator of something without being asked: notices, and what finds reasons for them. */
import type { Db } from '../db/database.ts'
import type { Reader } from '../db/reader.ts'
import type { Ledger } from '../gateway/limits/ledger.ts'
import type { Log } from '../gateway/ports.ts'
import { createBudgetAlerts, type BudgetAlerts } from './budget-alerts.ts'
import type { EventHub } from './events.ts'
import { createLimitPace } from './limit-pace.ts'
import { createInAppSink } from './notice-sink.ts'
import { createNotices, type Notices } from './notices.ts'

export interface TellingDeps {
  readonly db: Db
  readonly reader: Pick<Reader, 'stats'>
  readonly ledger: Pick<Ledger, 'budgets' | 'periodOf'>
  readonly events: EventHub
  readonly log: Log
  readonly now: () => number
}

export interface Telling {
  readonly notices: Notices
  readonly alerts: BudgetAlerts
  /** The hub, for those who change keys: budgets are looked at with each change. */
  readonly events: EventHub
  /** The provider refuses the account since now. */
  authRequired(upstream: { readonly id: string; readonly name: string }): void
}

export function createTelling(deps: TellingDeps): Telling {
  const { events, now } = deps
  const notices = createNotices({ ...deps, sinks: [createInAppSink(events)] })
  const alerts = createBudgetAlerts({ ...deps, pace: createLimitPace(deps), notices })
  return {
    notices,
    alerts,
    events: {
      ...events,
      emit(event) {
        if (event.type === 'key.changed') alerts.changed(event.id)
        events.emit(event)
      },
    },
    authRequired({ id, name }) {
      const at = now()
      const subject = { kind: 'upstream', id, name } as const
      const once = `upstream ${id} ${at}`
      notices.tell({ at, kind: 'upstream.authRequired', level: 'critical', subject, budget: null, once })
    },
  }
}
