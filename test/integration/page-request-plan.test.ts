/** "Why this upstream" in a request's drawer, of requests that were really routed: by which strategy, and by what figure. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'
import type { PoolPatch } from '../../src/shared/models/pool.ts'

let rig: PageRig
let quick: Served
let slow: Served
let spare: Served

beforeAll(async () => {
  rig = await openPageRig()
  quick = await addSimulator(rig.call, 'Quick')
  slow = await addSimulator(rig.call, 'Slow', { latencyMs: 250 })
  spare = await addSimulator(rig.call, 'Spare')
})
afterAll(() => rig.close())

const page = () => rig.page
const section = () => page().getByRole('dialog').getByRole('region', { name: 'Why this upstream' })
const rows = () => section().getByRole('table', { name: 'Candidates' }).locator('tbody tr')
/** Texts of a row's cells: rank, upstream, place, why, priority, and figure or weight. */
const cells = (row: number) => rows().nth(row).locator('td').allInnerTexts()
const heads = () => section().getByRole('columnheader').allInnerTexts()

async function setPool(patch: PoolPatch): Promise<void> {
  const both = [quick, slow].map(({ upstreamId }) => ({ upstreamId, priority: 1, weight: 1, enabled: true }))
  await rig.call('pool.update', { id: quick.poolId, patch: { assignments: both, ...patch } })
}

/** Sends it and waits for its row. Returns its id. */
async function routed(body: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const before = await newest()
  expect(await sendRequest(rig, quick.secret, body)).toBe(200)
  await expect.poll(newest).not.toBe(before)
  return (await newest()) ?? ''
}

async function newest(): Promise<string | undefined> {
  return (await completed())[0]?.id
}

async function completed() {
  return (await rig.call('request.list', { limit: 100, state: 'completed' })).rows
}

async function open(id: string): Promise<void> {
  await rig.go(`/requests/${id}`)
  await section().waitFor()
}

describe('why this upstream', () => {
  it('shows the order, the figure of each, and who is of the fallback Pool', async () => {
    const routing = { ...(await rig.call('pool.get', { id: quick.poolId })).routing, fallbackPoolId: spare.poolId }
    await setPool({ strategy: 'fastest', routing })
    // The first two find out how fast each of them is.
    await routed()
    await routed()
    const id = await routed()
    await open(id)
    await section().getByText('Fastest: to the one whose first token came soonest of late.').waitFor()
    await expect.poll(heads).toEqual(['Rank', 'Upstream', 'Place', 'Why', 'Priority', 'First token'])
    await expect
      .poll(async () => (await cells(0)).slice(0, 5))
      .toEqual(['1', 'Quick simulator', 'Tried first', 'It was first in order, and served the request', '1'])
    expect((await cells(0))[5]).toMatch(/^[\d.]+ ms$/)
    const [rank, name, place, why, , figure] = await cells(1)
    expect([rank, name, place, why]).toEqual([
      '2',
      'Slow simulator',
      'Not needed',
      'It stood behind those that were tried',
    ])
    expect(figure).toMatch(/^(2[5-9]\d|[3-9]\d\d) ms$|^[\d.]+ s$/)
    const last = await cells(2)
    expect(last[1]?.split(/\s*\n\s*/)).toEqual(['Spare simulator', 'Fallback Pool'])
    expect(last.slice(4)).toEqual(['–', 'not measured'])
    await expect.poll(() => rows().count()).toBe(3)
    await section().getByRole('link', { name: 'Spare simulator' }).click()
    await page().getByRole('heading', { name: 'Spare simulator', exact: true }).waitFor()
  })

  it('marks one that rested, and says that it stood behind all others', async () => {
    const fault = (kind: 'status' | 'none') =>
      rig.call('upstream.update', { id: quick.upstreamId, patch: { simulator: { fault: kind, faultStatus: 503 } } })
    await fault('status')
    await routed()
    await fault('none')
    const id = await routed()
    await open(id)
    // Of its own Pool the slow one is left, then the fallback Pool's, then the one that rests.
    await expect
      .poll(async () => (await rows().allInnerTexts()).map((text) => /(\w+) simulator/.exec(text)?.[1]))
      .toEqual(['Slow', 'Spare', 'Quick'])
    const last = await cells(2)
    expect(last[1]?.split(/\s*\n\s*/)).toEqual(['Quick simulator', 'Resting'])
    expect(last[3]).toBe('It had failed a moment before, so it stood behind all others')
    // A test that succeeds ends the rest.
    await rig.call('upstream.test', { id: quick.upstreamId })
  })

  it('says how long the request waited for a place', async () => {
    const { routing } = await rig.call('pool.get', { id: quick.poolId })
    await setPool({
      strategy: 'round_robin',
      routing: { ...routing, fallbackPoolId: null, maxConcurrent: 1, queueLength: 5, queueWaitMs: 10_000 },
    })
    const before = (await completed()).length
    const statuses = await Promise.all([1, 2, 3].map(() => sendRequest(rig, quick.secret)))
    expect(statuses).toEqual([200, 200, 200])
    await expect.poll(async () => (await completed()).length).toBe(before + 3)
    const list = (await completed()).slice(0, 3)
    const details = await Promise.all(list.map(({ id }) => rig.call('request.get', { id })))
    const waited = details.find(({ plan }) => (plan?.waitedMs ?? 0) > 0)
    await open(waited?.id ?? '')
    await section()
      .getByText(
        /^In turn: each request goes to the next upstream, by weight\. The request waited [\d.]+ m?s for a place/,
      )
      .waitFor()
    // It goes by no figure, so what the Pool says of them is shown.
    await expect.poll(heads).toEqual(['Rank', 'Upstream', 'Place', 'Why', 'Priority', 'Weight'])
    const { id: unqueued } = details.find(({ plan }) => plan?.waitedMs === 0) ?? { id: '' }
    await open(unqueued)
    await section().getByText('In turn: each request goes to the next upstream, by weight.', { exact: true }).waitFor()
    await setPool({ routing: { ...routing, fallbackPoolId: null } })
  })

  it('shows by the cheapest what the request might have cost at each', async () => {
    for (const [upstreamId, output] of [
      [quick.upstreamId, 40_000_000],
      [slow.upstreamId, 2_000_000],
    ] as const) {
      await rig.call('price.set', { model: 'sim-chat', upstreamId, rates: { input: 0, output } })
    }
    await setPool({ strategy: 'cheapest' })
    const id = await routed({ max_completion_tokens: 1_000 })
    await open(id)
    await expect.poll(heads).toEqual(['Rank', 'Upstream', 'Place', 'Why', 'Priority', 'Cost there'])
    // $2 and $40 per million tokens of output, a thousand of them.
    await expect
      .poll(async () => [await cells(0), await cells(1)].map((row) => [row[1], row[5]]))
      .toEqual([
        ['Slow simulator', '$0.0020'],
        ['Quick simulator', '$0.040'],
      ])
  })

  it('leaves a request that had nothing to choose without a plan', async () => {
    expect(await sendRequest(rig, spare.secret)).toBe(200)
    await expect
      .poll(async () => (await rig.call('request.list', { poolId: spare.poolId, state: 'completed' })).rows.length)
      .toBe(1)
    const { rows: list } = await rig.call('request.list', { poolId: spare.poolId, limit: 1 })
    await open(list[0]?.id ?? '')
    await expect.poll(heads).toEqual(['Upstream', 'Place', 'Why', 'Priority', 'Weight'])
    await expect.poll(() => cells(0)).toContain('It was first in order, and served the request')
  })

  it.each(['light', 'dark'] as const)('has no serious accessibility fault in %s', async (colorScheme) => {
    await page().emulateMedia({ colorScheme })
    const { rows: list } = await rig.call('request.list', { poolId: quick.poolId, limit: 20 })
    for (const { id } of list.slice(-4)) {
      await open(id)
      await rows().first().waitFor()
      await axe(page())
    }
  })
})
