import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccountWindow, ResetUse } from '../../../shared/models/quota.ts'
import { startChatgptServer, type ChatgptServer } from '../../../../test/support/chatgpt-server.ts'
import { someAccount } from '../../../../test/support/chatgpt-tokens.ts'
import { closedPort } from '../../../../test/support/http-peer.ts'
import { makeTempDir } from '../../../../test/support/temp-dir.ts'
import { openDatabase, type OpenedDatabase } from '../../db/open.ts'
import { quotaSample } from '../../db/schema/quota-sample.ts'
import { insertUpstream, type StoredUpstream } from '../../db/upstream-store.ts'
import type { NoticeDraft } from '../../db/notice-store.ts'
import { createChanges } from '../change.ts'
import { createSavedResets, type SavedResetService } from './saved-resets.ts'

const HOUR_MS = 3_600_000
const id = 'ups_0123456789abcdef'
const silent = { info: () => {}, warn: () => {}, error: () => {} }

let server: ChatgptServer
let database: OpenedDatabase
let resets: SavedResetService
let clock: number
let windows: AccountWindow[]
let notices: NoticeDraft[]
let wanted: number
let renewals: number
let baseUrl: string

function row(): StoredUpstream {
  const { plan, email, accountId, userId } = someAccount
  const facts = { accountId, userId, email, plan, workspace: null, origin: 'browser', expiresAt: null } as const
  const models = { manualModels: [], fetchedModels: [], modelFacts: [], modelsFetchedAt: null, modelsError: null }
  const nothing = { secret: null, simulator: null, maxConcurrent: null, statusReason: null, proxyUrl: null, notes: '' }
  const { baseUrl } = server
  const account = { ...facts, refreshedAt: 0 }
  const dates = { createdAt: 0, updatedAt: 0 }
  return { id, name: 'Mine', kind: 'chatgpt', status: 'active', baseUrl, account, ...models, ...nothing, ...dates }
}

function build(): SavedResetService {
  const { db } = database
  let accessToken = server.oauth.signedInElsewhere().access_token
  const rest = { refreshToken: null, residency: null, clientId: 'test', expiresAt: null, refreshedAt: 0 }
  const ids = { accountId: someAccount.accountId, issuer: server.url }
  const secret = () => ({ account: { accessToken, ...ids, ...rest } })
  return createSavedResets({
    db,
    runtime: { secretOf: secret, account: () => ({ baseUrl, proxyUrl: null, secret: secret() }) },
    changes: createChanges({ db, now: () => clock, log: silent }),
    events: { emit: () => {} },
    notices: { tell: (draft) => notices.push(draft) > 0 },
    renew: async () => {
      renewals += 1
      accessToken = server.oauth.signedInElsewhere().access_token
      return 'renewed'
    },
    windowsOf: () => windows,
    wantUsage: () => (wanted += 1),
    log: silent,
    now: () => clock,
  })
}

const window = (patch: Partial<AccountWindow> = {}): AccountWindow => ({
  meter: '',
  minutes: 300,
  usedPercent: 100,
  resetsAt: clock + HOUR_MS,
  observedAt: clock - 1_000,
  source: 'usage',
  state: 'exhausted',
  emptyAt: null,
  ...patch,
})
const redeem = (resetId = 'soon') => resets.redeem('operator', id, resetId)
const stand = () => resets.resetsOf(id).resetUse

/** Another Weir on the same database. */
async function restart(): Promise<void> {
  await resets.close()
  resets = build()
}

beforeEach(async () => {
  clock = Date.now()
  server = await startChatgptServer()
  ;[windows, notices, wanted, renewals, baseUrl] = [[], [], 0, 0, server.baseUrl]
  server.resets.add('late', clock + 480 * HOUR_MS)
  server.resets.add('soon', clock + 48 * HOUR_MS)
  database = openDatabase({ dataDir: makeTempDir('saved-resets') })
  insertUpstream(database.db, row())
  resets = build()
})
afterEach(async () => {
  await resets.close()
  database.close()
  await server.close()
})

describe('listing saved resets', () => {
  it('names what can be used, what expires first at the top, and asks again only after a while', async () => {
    server.resets.add('gone', clock - 1)
    const { savedResets } = await resets.list(id)
    expect(savedResets?.map((reset) => reset.id)).toEqual(['soon', 'late'])
    expect(savedResets?.[0]).toMatchObject({ title: 'Full reset (5 hours + week)', expiresAt: clock + 48 * HOUR_MS })
    await Promise.all([resets.list(id), resets.refreshResets(id)])
    expect(server.resets.lists).toBe(1)
    clock += 10_000
    await Promise.all([resets.list(id), resets.refreshResets(id)])
    expect(server.resets.lists).toBe(2)
  })

  it('has none where the provider knows of none, and says so where it cannot be asked', async () => {
    server.resets.isMissing = true
    expect((await resets.list(id)).savedResets).toBeNull()
    clock += 10_000
    server.backend.fails = { status: 503, body: {} }
    await expect(resets.list(id)).rejects.toMatchObject({ code: 'upstream_bad_response' })
    await resets.refreshResets(id)
  })

  it('tells once of each that expires within 24 hours', async () => {
    server.resets.add('today', clock + 23 * HOUR_MS)
    await resets.list(id)
    expect(notices).toMatchObject([{ kind: 'upstream.resetExpires', level: 'warning', subject: { name: 'Mine' } }])
    clock += 25 * HOUR_MS
    notices.length = 0
    await resets.refreshResets(id)
    expect(notices.map(({ once }) => once)).toEqual([expect.stringContaining('reset ups_0123456789abcdef soon ')])
  })
})

describe('the clock', () => {
  it('lists every hour, and every five minutes while something is waited for', async () => {
    const listsAfter = async (ms: number): Promise<number> => {
      clock += ms
      await resets.look()
      return server.resets.lists
    }
    expect(await listsAfter(0)).toBe(1)
    expect(await listsAfter(HOUR_MS - 1)).toBe(1)
    expect(await listsAfter(1)).toBe(2)
    server.resets.end = 'break'
    await redeem()
    server.resets.credits.length = 0
    expect(await listsAfter(5 * 60_000)).toBe(3)
    expect(await listsAfter(4 * 60_000)).toBe(3)
    // The figures are looked at without asking anybody.
    expect(stand()).toMatchObject({ state: 'pending' })
    expect(await listsAfter(24 * HOUR_MS)).toBe(4)
    expect(await listsAfter(5 * 60_000)).toBe(4)
  })

  it('sees the figures of an account that is in use, whose usage page nobody reads', async () => {
    windows = [window({ resetsAt: clock + 3 * HOUR_MS })]
    await resets.list(id)
    server.resets.end = 'break'
    await redeem()
    server.resets.credits.length = 0
    clock += 60_000
    windows = [window({ observedAt: clock, usedPercent: 2, source: 'headers' })]
    const { lists } = server.resets
    await resets.look()
    expect(stand()).toMatchObject({ state: 'confirmed' })
    expect(server.resets.lists).toBe(lists)
  })
})

describe('using a saved reset', () => {
  it('sends the one that was chosen, under a name of its own, and takes it off the list', async () => {
    await resets.list(id)
    const use = await redeem()
    expect(use).toMatchObject({ resetId: 'soon', state: 'confirmed', reason: null })
    expect(server.resets).toMatchObject({ asked: 1, consumed: 1, requestIds: [use.id] })
    expect(resets.resetsOf(id)).toEqual({ savedResets: [expect.objectContaining({ id: 'late' })], resetUse: use })
    expect(wanted).toBe(1)
  })

  it('refuses one that is not there, and sends nothing', async () => {
    for (const wrong of ['nobody', '']) await expect(redeem(wrong)).rejects.toMatchObject({ code: 'reset_unknown' })
    await redeem()
    await expect(redeem()).rejects.toMatchObject({ code: 'reset_unknown' })
    expect(server.resets.asked).toBe(1)
  })

  it('renews a refused token and asks once more under the same name', async () => {
    await resets.list(id)
    server.oauth.expireAll()
    expect(await redeem()).toMatchObject({ state: 'confirmed' })
    expect(renewals).toBe(1)
    expect(server.resets).toMatchObject({ asked: 1, consumed: 1 })
  })

  it.each([
    ['refuses it', () => (server.resets.end = 403), 'status 403'],
    ['has nothing to reset', () => (server.resets.isFull = true), 'nothing to reset'],
    [
      'cannot be reached',
      async () => (baseUrl = `http://127.0.0.1:${await closedPort()}/backend-api/codex`),
      'refused',
    ],
  ])('has failed for sure where the provider %s, and another can be used', async (_what, prepare, reason) => {
    await resets.list(id)
    await prepare()
    expect(await redeem()).toMatchObject({ state: 'failed', reason: expect.stringContaining(reason) })
    Object.assign(server.resets, { end: 'answer', isFull: false })
    baseUrl = server.baseUrl
    expect(await redeem()).toMatchObject({ state: 'confirmed' })
    expect(server.resets.consumed).toBe(1)
  })
})

describe('a use that nobody answered', () => {
  async function unclear(end: 'break' | 'error' | 'nonsense' = 'break'): Promise<ResetUse> {
    await resets.list(id)
    server.resets.end = end
    const use = await redeem()
    expect(use.state).toBe('pending')
    server.resets.end = 'answer'
    return use
  }

  it.each(['break', 'error', 'nonsense'] as const)('is pending after “%s”, and keeps every other back', async (end) => {
    await unclear(end)
    expect(stand()).toMatchObject({ state: 'pending', reason: expect.stringContaining('not known yet') })
    for (const next of ['late', 'soon']) await expect(redeem(next)).rejects.toMatchObject({ code: 'reset_pending' })
    await restart()
    for (const next of ['late', 'soon']) await expect(redeem(next)).rejects.toMatchObject({ code: 'reset_pending' })
    expect(server.resets).toMatchObject({ asked: 1, consumed: 1 })
  })

  it('is confirmed by the figures that fell, and only by those', async () => {
    windows = [window()]
    await unclear()
    clock += 60_000
    // Still the figure from before; then one that was read since, and is as high.
    for (const observedAt of [clock - 70_000, clock]) {
      windows = [window({ observedAt, usedPercent: observedAt === clock ? 100 : 0 })]
      server.resets.credits.length = 0
      await resets.refreshResets(id)
      expect(stand()).toMatchObject({ state: 'pending' })
    }
    windows = [window({ observedAt: clock, usedPercent: 3 })]
    await resets.refreshResets(id)
    expect(stand()).toMatchObject({ state: 'confirmed', reason: null })
  })

  it('is confirmed after a restart, by what was known before it was sent', async () => {
    const at = clock - 500
    const sample = { upstreamId: id, meter: '', minutes: 300, at, usedPercent: 97, resetsAt: clock + HOUR_MS }
    database.db.insert(quotaSample).values(sample).run()
    await unclear()
    server.resets.credits.length = 0
    await restart()
    clock += 60_000
    windows = [window({ observedAt: clock, usedPercent: 0 })]
    await resets.refreshResets(id)
    expect(stand()).toMatchObject({ state: 'confirmed' })
  })

  it('is confirmed by the provider that lists it as used', async () => {
    await unclear()
    clock += 10_000
    await resets.refreshResets(id)
    expect(stand()).toMatchObject({ state: 'confirmed' })
    expect(await redeem('late')).toMatchObject({ state: 'confirmed' })
    expect(server.resets).toMatchObject({ asked: 2, consumed: 2 })
  })

  it('can be set aside by hand after half an hour, not before and not twice', async () => {
    const use = await unclear()
    server.resets.credits = server.resets.credits.filter((credit) => credit.id === 'late')
    clock += 29 * 60_000
    expect(() => resets.settle('operator', id, use.id)).toThrow('It can be set aside in 1 min.')
    clock += 60_000
    expect(() => resets.settle('operator', id, 'another')).toThrow('under this id')
    expect(resets.settle('operator', id, use.id)).toMatchObject({ id: use.id, state: 'set_aside' })
    expect(() => resets.settle('operator', id, use.id)).toThrow('is settled')
    expect(await redeem('late')).toMatchObject({ state: 'confirmed' })
  })

  it('stays pending when Weir stops while it waits', async () => {
    await resets.list(id)
    server.resets.end = 'silence'
    const waiting = redeem()
    await expect.poll(() => server.resets.consumed).toBe(1)
    await restart()
    expect(await waiting).toMatchObject({ state: 'pending' })
    expect(stand()).toMatchObject({ state: 'pending' })
  })
})
