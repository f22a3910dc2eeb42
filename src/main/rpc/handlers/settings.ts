import type { Services } from '../../services/services.ts'
import type { HandlersOf } from '../router.ts'

export function settingHandlers({ settings }: Services): HandlersOf<'settings'> {
  return {
    'settings.list': () => settings.list(),
    'settings.reset': ({ keys }, { actor }) => settings.reset(actor, keys),
    'settings.update': ({ patch }, { actor }) => settings.update(actor, patch),
  }
}
