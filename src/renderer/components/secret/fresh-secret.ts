/**
 * A secret that was just made, for as long as its dialog is open. State and props of components hold this box and never
 * the text, because React may keep an older state for a while; emptying the box takes the text from all of them.
 */
import type { PoolKey } from '../../../shared/models/key.ts'

export interface FreshSecret {
  readonly key: PoolKey
  /** Why there is a new one. */
  readonly reason: 'created' | 'rotated'
  /** Empty once the dialog has been closed. */
  text(): string
  forget(): void
}

export function holdSecret(made: { key: PoolKey; secret: string }, reason: FreshSecret['reason']): FreshSecret {
  let text = made.secret
  return {
    key: made.key,
    reason,
    text: () => text,
    forget() {
      text = ''
    },
  }
}
