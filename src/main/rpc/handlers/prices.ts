import type { Services } from '../../services/services.ts'
import type { HandlersOf } from '../router.ts'

export function priceHandlers({ prices }: Services): HandlersOf<'price'> {
  return {
    'price.list': () => prices.list(),
    'price.history': (slot) => prices.history(slot),
    'price.set': (input, { actor }) => prices.set(actor, input),
    'price.remove': (input, { actor }) => prices.remove(actor, input),
    'price.export': () => prices.export(),
    'price.upload': (input) => prices.upload(input),
    'price.preview': (input) => prices.preview(input),
    'price.import': (input, { actor }) => prices.import(actor, input),
  }
}
