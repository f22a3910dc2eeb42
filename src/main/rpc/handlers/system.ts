import type { Services } from '../../services/services.ts'
import type { HandlersOf } from '../router.ts'

export function systemHandlers({ system }: Services): HandlersOf<'system'> {
  return {
    'system.status': () => system.status(),
    'system.signInLink': () => system.signInLink(),
  }
}
