/** The overview before the first request, as requests come, and when the core does not answer. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerWithError, holdBack } from '../support/answers-instead.ts'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'

let rig: PageRig
let served: Served

beforeAll(async () => {
  rig = await openPageRig()
  await rig.call('overview.get', {})
}, 120_000)
afterAll(() => rig?.close())

const page = () => rig.page
const part = (name: string) => page().getByRole('region', { name, exact: true })
const tile = (name: string) => page().getByRole('group', { name, exact: true })

const figure = (of: string, text: string) =>
  tile(of)
    .getByRole('link', { name: `${of} today: ${text}`, exact: true })
    .waitFor()

describe('before the first request', () => {
  it('leads to the first steps', async () => {
    await rig.go('/')
    await page().getByRole('heading', { name: 'No request has come yet' }).waitFor()
    await axe(page())
    await page().getByRole('link', { name: 'Begin with the first steps' }).click()
    await page().waitForURL('**/welcome')
  })

  it('says what is there already', async () => {
    served = await addSimulator(rig.call, 'Demo')
    await rig.go('/')
    await page().getByText('There are 1 upstream, 1 Pool with an upstream, 1 API key.').waitFor()
    await part('Upstreams').getByRole('link', { name: 'Demo simulator' }).waitFor()
    await page().getByRole('link', { name: 'Go on with the first steps' }).waitFor()
  })

  it('turns into figures by itself when the first request comes', async () => {
    await rig.go('/')
    await page().getByRole('heading', { name: 'No request has come yet' }).waitFor()
    expect(await sendRequest(rig, served.secret)).toBe(200)
    await figure('Requests', '1')
    await tile('Requests').getByText('none yesterday').waitFor()
    await figure('Success', '100 %')
    await tile('Cost').getByText('no price is known').waitFor()
    await part('Recent failures').getByText('Nothing failed, nothing was refused.').waitFor()
    await page().getByRole('link', { name: 'Nothing failed in 24 h' }).waitFor()
    await page().getByRole('link', { name: 'The upstream is ready' }).waitFor()
    await page()
      .getByRole('img', { name: /^Tokens by model, last 24 hours/ })
      .waitFor()
    await axe(page())
  })

  it('says when there is nothing of what is asked', async () => {
    await rig.go('/?metric=cost&range=1h')
    await part('Traffic').getByText('No price is known for what ran in the last hour.').waitFor()
    await rig.go('/?metric=failed&range=7d')
    await part('Traffic').getByText('Failed requests: nothing in the last 7 days.').waitFor()
    await part('Traffic').getByRole('button', { name: 'Show as table' }).waitFor()
  })

  it('counts failures as they come, with their cause', async () => {
    await rig.call('upstream.update', {
      id: served.upstreamId,
      patch: { simulator: { fault: 'status', faultStatus: 503 } },
    })
    await rig.go('/')
    await tile('Requests').waitFor()
    expect(await sendRequest(rig, served.secret)).toBeGreaterThanOrEqual(500)
    await figure('Success', '50 %')
    await tile('Success').getByRole('link', { name: '1 failed' }).waitFor()
    await part('Recent failures').getByRole('rowheader', { name: 'upstream_error' }).waitFor()
    await part('Upstreams').getByText('Cooling down').waitFor()
    await page().getByRole('link', { name: '50 % failed in 24 h' }).waitFor()
    await page().getByRole('link', { name: 'The upstream is not ready' }).waitFor()
    await axe(page())
  })
})

describe('when the core does not answer', () => {
  it('shows its shape while it loads', async () => {
    const held = await holdBack(page(), 'overview.get')
    await page().reload()
    await page().getByRole('status', { name: 'Loading the overview' }).waitFor()
    await held.release()
    await tile('Requests').waitFor()
  })

  it('says what failed and what to do, and tries again', async () => {
    const broken = await answerWithError(page(), 'overview.get', 'internal', 'The figures are out.')
    await page().reload()
    const alert = page().getByRole('alert')
    await alert.getByText('The overview could not be loaded').waitFor()
    await alert.getByText('The figures are out.').waitFor()
    await alert.getByText('internal', { exact: true }).waitFor()
    await axe(page())
    await broken.release()
    await alert.getByRole('button', { name: 'Try again' }).click()
    await tile('Requests').waitFor()
  })

  it('keeps the rest when the chart alone fails', async () => {
    const broken = await answerWithError(page(), 'stats.series')
    await page().reload()
    await part('Traffic').getByText('The traffic could not be loaded').waitFor()
    await tile('Requests').waitFor()
    await broken.release()
    await part('Traffic').getByRole('button', { name: 'Try again' }).click()
    await page()
      .getByRole('table', { name: /sums of/ })
      .waitFor()
  })
})
