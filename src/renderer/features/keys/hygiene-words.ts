/** What is said of each finding about a key, and which act settles it. Pure. */
import {
  EXPIRED_DAYS,
  EXPIRING_DAYS,
  UNROTATED_DAYS,
  UNUSED_DAYS,
  type Finding,
  type FindingKind,
} from '../../../shared/key-hygiene.ts'
import { formatRelative, formatTime } from '../../lib/format.ts'

export type FindingAct = 'revoke' | 'rotate' | 'endGrace' | 'editLimits' | 'editExpiry'

interface FindingWords {
  readonly title: string
  /** Why it is worth a look, in one sentence. */
  readonly reason: string
  readonly act: FindingAct
}

export const findingWords: Readonly<Record<FindingKind, FindingWords>> = {
  old_secret: {
    title: 'Old secret still in use',
    reason: 'A client has not been given the new secret; when the grace ends, it is refused.',
    act: 'endGrace',
  },
  expiring: {
    title: `Expires within ${EXPIRING_DAYS} days`,
    reason: 'Its clients are refused from then on, unless the expiry is moved.',
    act: 'editExpiry',
  },
  over_broad: {
    title: 'Open to everything',
    reason: 'All models, no limit and no expiry: whoever gets hold of it can spend without end.',
    act: 'editLimits',
  },
  unused: {
    title: `Unused for ${UNUSED_DAYS} days`,
    reason: 'A key that nobody uses is one that nobody misses, until it leaks.',
    act: 'revoke',
  },
  unrotated: {
    title: `Not rotated for ${UNROTATED_DAYS} days`,
    reason: 'The longer a secret stays, the more places hold it.',
    act: 'rotate',
  },
  expired: {
    title: `Expired ${EXPIRED_DAYS} days ago and not revoked`,
    reason: 'It opens nothing, but an edit of its expiry would open it again.',
    act: 'revoke',
  },
}

export const actWords: Readonly<Record<FindingAct, string>> = {
  revoke: 'Revoke',
  rotate: 'Rotate',
  endGrace: 'End grace',
  editLimits: 'Edit limits',
  editExpiry: 'Edit expiry',
}

/** The figures of one finding: "Last used 43 d ago". */
export function findingFacts({ kind, key, at }: Finding, now: number): string {
  const made = `made ${formatRelative(key.createdAt, now)}`
  switch (kind) {
    case 'old_secret':
      return `Last used ${sinceOf(at, now)}; opens until ${momentOf(key.previous?.until ?? null)}`
    case 'expiring':
      return `Expires ${sinceOf(at, now)}, on ${momentOf(at)}`
    case 'over_broad':
      return 'All models, no limit, no expiry'
    case 'unused':
      return at === null ? `Never used; ${made}` : `Last used ${sinceOf(at, now)}`
    case 'unrotated':
      return at === null ? `Never rotated; ${made}` : `Rotated ${sinceOf(at, now)}`
    case 'expired':
      return `Expired ${sinceOf(at, now)}, on ${momentOf(at)}`
  }
}

function sinceOf(at: number | null, now: number): string {
  return at === null ? 'never' : formatRelative(at, now)
}

function momentOf(at: number | null): string {
  return at === null ? 'never' : formatTime(at, { seconds: false })
}
