import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createServicesRig, type ServicesRig } from '../../../test/support/services-rig.ts'
import { keyDraft, type PoolKey } from '../../shared/models/key.ts'
import { tokenDraft } from '../../shared/models/ephemeral-token.ts'
import { poolDraft } from '../../shared/models/pool.ts'
import { createRequestIds } from '../../shared/request-id.ts'
import { publicIdOf } from '../gateway/pool-key.ts'
import type { AdmittedRow, SettledRow } from '../gateway/ports.ts'
import { listTokensAfter } from '../db/ephemeral-token-store.ts'
import { queryUsageCheck } from '../db/usage-day-check.ts'

const DAY_MS = 86_400_000

let rig: ServicesRig
let key: PoolKey
beforeEach(async () => {
  rig = await createServicesRig()
  const pool = rig.services.pools.create('operator', poolDraft.parse({ name: 'Team' }))
  key = rig.services.keys.create('operator', keyDraft.parse({ poolId: pool.id, name: 'ci' })).key
})
afterEach(async () => rig.close())

const lend = (ttlSeconds = 3_600) =>
  rig.services.tokens.create('operator', tokenDraft.parse({ keyId: key.id, name: 'job', ttlSeconds }))
const opens = (secret: string) => rig.directory.tokenByPublicId(publicIdOf(secret)) !== undefined
/** News of one subject is told four times a second at most. */
const nextQuarter = () => new Promise((resolve) => setTimeout(resolve, 600))
const ids = createRequestIds(0)

/** One settled request by a token, straight into the log. */
function use(tokenId: string): void {
  const at = rig.clock.now
  const asked = { route: '/v1/responses', model: 'm', sentModel: null, effort: null, serviceTier: null, stream: false }
  const reserved = { reservedInput: 1, reservedOutput: 1, reservedCostNanos: null, limitRule: null }
  const client = { client: 'curl', clientIp: '127.0.0.1', exclusions: [] } as const
  const admitted: AdmittedRow = {
    id: ids(at),
    at,
    keyId: key.id,
    poolId: key.poolId,
    tokenId,
    ...asked,
    ...reserved,
    ...client,
  }
  const settled = {
    state: 'failed',
    upstreamId: null,
    status: 502,
    errorCode: 'upstream_error',
    usage: { input: 3, cached: 0, output: 4, reasoning: 0 },
    usageSource: 'reported',
    costNanos: 5,
    firstByteMs: null,
    durationMs: 1,
    tries: [],
  } as const satisfies SettledRow
  rig.journal.settle(rig.journal.admit(admitted), settled)
}

describe('tokens', () => {
  it('tell their first use once', async () => {
    const { token } = lend()
    const told = () => rig.events.filter(({ type }) => type === 'token.changed').length
    await nextQuarter()
    rig.services.tokens.noteUse(token.id, key.id)
    expect(told()).toBe(2)
    await nextQuarter()
    rig.services.tokens.noteUse(token.id, key.id)
    expect(told()).toBe(2)
  })

  it('are revoked once, whatever is asked afterwards', () => {
    const { token } = lend()
    const { revokedAt } = rig.services.tokens.revoke('operator', token.id)
    rig.clock.now += 5
    expect(rig.services.tokens.revoke('command', token.prefix)).toMatchObject({ status: 'revoked', revokedAt })
    expect(() => rig.services.tokens.revoke('operator', 'et-weir-0000000000')).toThrow(/There is no token/)
  })

  it('refuse an address rule that no allowlist can hold', () => {
    const draft = tokenDraft.parse({ keyId: key.id, name: 'job', ipAllowlist: ['::ffff:10.0.0.0/20'] })
    expect(() => rig.services.tokens.create('operator', draft)).toThrow(/ipAllowlist: .*cannot be used/)
    expect(rig.services.tokens.list(key.id)).toEqual([])
  })

  it('are told of for a day after their end, listed for 30, and then gone with what they counted', async () => {
    const { sweep, list } = rig.services.tokens
    const [short, long, revoked] = [lend(60), lend(7 * 86_400), lend(3_600)]
    use(short.token.id)
    use(long.token.id)
    rig.services.tokens.revoke('operator', revoked.token.id)
    const end = short.token.expiresAt
    const places = async (now: number) => {
      rig.clock.now = now
      await sweep()
      return [short, long, revoked].map(({ secret, token }) => [
        opens(secret),
        list(key.id).some(({ id }) => id === token.id),
      ])
    }
    const here = [true, true]
    expect(await places(end + DAY_MS - 60_001)).toEqual([here, here, here])
    expect(await places(end + DAY_MS)).toEqual([[false, true], here, [false, true]])
    expect(await places(end + 30 * DAY_MS - 1)).toEqual([
      [false, true],
      [false, true],
      [false, true],
    ])
    expect(queryUsageCheck(rig.db, { now: rig.clock.now })).toMatchObject({ found: 0, counters: 6 })
    expect(await places(end + 30 * DAY_MS)).toEqual([
      [false, false],
      [false, true],
      [false, true],
    ])
    // The requests still name it; nothing counts for it any more, and the check knows.
    expect(queryUsageCheck(rig.db, { now: rig.clock.now })).toMatchObject({ found: 0, counters: 4 })
  })

  it('are found again at the next start, but for those that ended long ago', async () => {
    const [short, long, revoked] = [lend(60), lend(7 * 86_400), lend(3_600)]
    rig.services.tokens.revoke('operator', revoked.token.id)
    const { dataDir, db } = rig
    const since = (at: number) => listTokensAfter(db, '', { since: at, limit: 9 }).map(({ token }) => token.id)
    expect(since(short.token.expiresAt - 1).sort()).toEqual([short.token.id, long.token.id].sort())
    expect(since(short.token.expiresAt)).toEqual([long.token.id])
    await rig.close()
    rig = await createServicesRig({ dataDir })
    expect(rig.directory.tokenByPublicId(publicIdOf(long.secret))).toMatchObject({ id: long.token.id, keyId: key.id })
    expect(rig.directory.tokenByPublicId(publicIdOf(revoked.secret))?.revokedAt).toBe(rig.clock.now)
  })
})
