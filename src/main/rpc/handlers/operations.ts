import type { Services } from '../../services/services.ts'
import type { HandlersOf } from '../router.ts'

type Areas = 'data' | 'retention' | 'backup' | 'diagnostics' | 'sharing' | 'job'

export function operationHandlers(services: Services): HandlersOf<Areas> {
  const { dataCare, retention, backups, diagnostics, sharing, jobs } = services
  return {
    'data.status': () => dataCare.status(),
    'data.compact': (_, { actor }) => dataCare.compact(actor),
    'data.cancelNextStart': (_, { actor }) => dataCare.cancelNextStart(actor),
    'data.checkUsage': () => dataCare.checkUsage(),
    'retention.preview': ({ rule }) => retention.preview(rule),
    'retention.apply': ({ rule }, { actor }) => retention.apply(actor, rule),
    'backup.list': () => backups.list(),
    'backup.create': (_, { actor }) => backups.create(actor),
    'backup.check': (which) => backups.check(which),
    'backup.restore': ({ id }, { actor }) => backups.restore(actor, id),
    'backup.delete': ({ id }, { actor }) => backups.delete(actor, id),
    'diagnostics.preview': (input) => diagnostics.preview(input),
    'diagnostics.save': (input, { actor }) => diagnostics.save(actor, input),
    'sharing.status': () => sharing.status(),
    'sharing.set': (change, { actor }) => sharing.set(actor, change),
    'job.list': () => jobs.list(),
    'job.get': ({ id }) => jobs.get(id),
    'job.wait': (input) => jobs.wait(input),
    'job.cancel': ({ id }) => jobs.cancel(id),
  }
}
