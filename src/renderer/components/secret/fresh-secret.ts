/**
 * A secret that was just made, for as long as its dialog is open. State and props of components hold this box and never
 * the text, because React may keep an older state for a while; emptying the box takes the text from all of them.
 */
import type { EphemeralToken, TokenWithSecret } from '../../../shared/models/ephemeral-token.ts'
import type { ModelPolicy, PoolKey } from '../../../shared/models/key.ts'

export interface FreshSecret {
  /** Of a token's secret, the key that lends it. */
  readonly key: PoolKey
  /** The ephemeral token whose secret it is; null for the key's own. */
  readonly token: EphemeralToken | null
  /** Why there is a new one. */
  readonly reason: 'created' | 'rotated'
  /** Empty once the dialog has been closed. */
  text(): string
  forget(): void
}

export function holdSecret(made: { key: PoolKey; secret: string }, reason: FreshSecret['reason']): FreshSecret {
  return { key: made.key, token: null, reason, ...boxOf(made.secret) }
}

export function holdTokenSecret({ token, secret }: TokenWithSecret, key: PoolKey): FreshSecret {
  return { key, token, reason: 'created', ...boxOf(secret) }
}

function boxOf(secret: string): Pick<FreshSecret, 'text' | 'forget'> {
  let text = secret
  return {
    text: () => text,
    forget() {
      text = ''
    },
  }
}

/** What its holder may ask for: of a token, what both it and its key let pass. */
export function policyOf({ key, token }: FreshSecret): Pick<PoolKey, 'poolId' | 'modelPolicy' | 'enforced'> {
  const { poolId, enforced, modelPolicy } = key
  return { poolId, enforced, modelPolicy: token === null ? modelPolicy : bothOf(modelPolicy, token.modelPolicy) }
}

function bothOf(ofKey: ModelPolicy, ofToken: ModelPolicy): ModelPolicy {
  if (ofKey.mode !== 'selected' || ofToken.mode === 'none') return ofKey.mode === 'none' ? ofKey : ofToken
  if (ofToken.mode === 'all') return ofKey
  return { mode: 'selected', models: ofToken.models.filter((id) => ofKey.models.includes(id)) }
}
