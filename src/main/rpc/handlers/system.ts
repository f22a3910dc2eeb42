import type { Services } from '../../services/services.ts'
import type { HandlersOf } from '../router.ts'

export function systemHandlers({ system, setup }: Services): HandlersOf<'system'> {
  return {
    'system.status': () => system.status(),
    'system.restart': (_, { actor }) => system.restart(actor),
    'system.signInLink': () => system.signInLink(),
    'system.clientAddress': () => setup.clientAddresses(),
  }
}
