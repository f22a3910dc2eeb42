/** What of the keys an operator should clean up, each finding with the facts behind it. Pure, and without zod: the page imports it. */
import type { PoolKey } from './models/key.ts'

const DAY_MS = 86_400_000
/** After so many days a finding. */
export const UNUSED_DAYS = 30
export const UNROTATED_DAYS = 180
export const EXPIRED_DAYS = 30
/** Within so many days. */
export const EXPIRING_DAYS = 7

/** In the order in which they are shown: what is urgent first. */
export const findingKinds = ['old_secret', 'expiring', 'over_broad', 'unused', 'unrotated', 'expired'] as const
export type FindingKind = (typeof findingKinds)[number]

type HygieneKey = Pick<
  PoolKey,
  | 'status'
  | 'modelPolicy'
  | 'enforced'
  | 'limits'
  | 'limitOverrides'
  | 'expiresAt'
  | 'createdAt'
  | 'rotatedAt'
  | 'lastUsedAt'
  | 'previous'
>

export interface Finding<K extends HygieneKey = PoolKey> {
  readonly kind: FindingKind
  readonly key: K
  /**
   * Epoch ms: when the old secret was last used (`old_secret`); when it ends (`expiring`) or ended (`expired`); the last
   * use (`unused`) or rotation (`unrotated`), null for none ever; null for `over_broad`.
   */
  readonly at: number | null
}

function isUncapped({ limits, limitOverrides }: HygieneKey): boolean {
  return [limits, ...limitOverrides.map((row) => row.limits)].every((caps) =>
    Object.values(caps).every((cap) => cap === null),
  )
}

/** A key that always sends one model is not open to all of them. */
function isOverBroad(key: HygieneKey): boolean {
  return key.modelPolicy.mode === 'all' && key.enforced.model === null && key.expiresAt === null && isUncapped(key)
}

function ofOne<K extends HygieneKey>(key: K, now: number): Finding<K>[] {
  const { previous, expiresAt, createdAt, rotatedAt, lastUsedAt } = key
  if (key.status === 'revoked') return []
  const found = (isSo: boolean, kind: FindingKind, at: number | null) => (isSo ? [{ kind, key, at }] : [])
  const daysAgo = (days: number) => now - days * DAY_MS
  // What opens nothing any more is neither too broad nor too old: all there is to do is to revoke it.
  if (expiresAt !== null && expiresAt <= now) return found(expiresAt <= daysAgo(EXPIRED_DAYS), 'expired', expiresAt)
  const oldUse = previous !== null && previous.until > now ? previous.usedAt : null
  return [
    ...found(oldUse !== null, 'old_secret', oldUse),
    ...found(expiresAt !== null && expiresAt <= now + EXPIRING_DAYS * DAY_MS, 'expiring', expiresAt),
    ...found(isOverBroad(key), 'over_broad', null),
    ...found((lastUsedAt ?? createdAt) <= daysAgo(UNUSED_DAYS), 'unused', lastUsedAt),
    ...found((rotatedAt ?? createdAt) <= daysAgo(UNROTATED_DAYS), 'unrotated', rotatedAt),
  ]
}

/** By kind, in the order of `findingKinds`; within one, in the order of the keys. */
export function findingsOf<K extends HygieneKey>(keys: readonly K[], now: number): readonly Finding<K>[] {
  const all = keys.flatMap((key) => ofOne(key, now))
  return findingKinds.flatMap((kind) => all.filter((finding) => finding.kind === kind))
}
