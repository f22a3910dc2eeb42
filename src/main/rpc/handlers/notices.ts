import type { Services } from '../../services/services.ts'
import type { HandlersOf } from '../router.ts'

export function noticeHandlers({ notices }: Services): HandlersOf<'notice'> {
  return {
    'notice.list': (filter) => notices.list(filter),
    'notice.mark': (input) => notices.mark(input),
  }
}
