import type { Services } from '../../services/services.ts'
import type { HandlersOf } from '../router.ts'

export function setupHandlers({ setup }: Services): HandlersOf<'setup'> {
  return {
    'setup.state': () => setup.state(),
    'setup.simulator': (_input, { actor }) => setup.simulator(actor),
  }
}
