/** The limits of a key: typed into the wizard, edited, read back, and how full they are. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { limits } from '../../src/shared/models/limit.ts'
import { tabTo } from '../support/keyboard.ts'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'

let rig: PageRig
let page: Page
let served: Served

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
  served = await addSimulator(rig.call, 'Team')
}, 300_000)

afterAll(async () => {
  await rig?.close()
})

type Within = Page | Locator
const button = (name: string | RegExp, within: Within = page) => within.getByRole('button', { name })
const step = (name: string) => page.getByRole('heading', { level: 2, name, exact: true })
const own = () => page.getByRole('group', { name: 'Limits of the key' })
const row = (model: string) => page.getByRole('group', { name: `Limits for ${model}`, exact: true })
const cap = (name: string, within: Within = own()) => within.getByRole('textbox', { name, exact: true })
const model = (within: Within) => within.getByRole('combobox', { name: 'Model', exact: true })
const keyNamed = async (name: string) => (await rig.call('key.list', {})).find((key) => key.name === name)

async function expectValue(field: Locator, text: string): Promise<void> {
  await expect.poll(() => field.inputValue()).toBe(text)
}

/** A new key with a name, at the step of its limits. */
async function toLimits(name: string): Promise<void> {
  await rig.go(`/keys/new?pool=${served.poolId}`)
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(name)
  await button('Limits').click()
  await step('Limits').waitFor()
}

async function create(): Promise<void> {
  await button('Review').click()
  await button('Create key').click()
  const dialog = page.getByRole('dialog', { name: /is made/ })
  await dialog.getByRole('checkbox', { name: 'I have saved the secret' }).check()
  await button('Done', dialog).click()
  await page.waitForURL(/\/keys\/key_/)
}

async function addRow(pattern: string): Promise<Locator> {
  await button('Add a model').click()
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('combobox')
  await model(page.getByRole('group', { name: /a row without a model/ })).fill(pattern)
  return row(pattern)
}

describe('the form', () => {
  it('reads what is typed, says it back in full, and stores it to the nano-dollar', async () => {
    await toLimits('typed')
    const typed: readonly (readonly [string, string, string])[] = [
      ['Requests per minute', '1k', '1,000'],
      ['Requests per day', '1_000_000', '1,000,000'],
      ['Tokens per week', '1.5M', '1,500,000'],
      ['Input tokens per request', ' 200,000 ', '200,000'],
      ['Requests at a time', '4', '4'],
      ['Budget per day', '$5', '5.00'],
      ['Budget per month', '5.50', '5.50'],
      ['Budget in total', '0.1', '0.10'],
    ]
    for (const [name, text, full] of typed) {
      await cap(name).fill(text)
      await cap(name).blur()
      await expectValue(cap(name), full)
    }
    await create()
    expect((await keyNamed('typed'))?.limits).toEqual({
      ...limits.parse({}),
      requestsPerMinute: 1_000,
      requestsPerDay: 1_000_000,
      tokensPerWeek: 1_500_000,
      inputTokensPerRequest: 200_000,
      concurrentRequests: 4,
      budgetPerDay: 5_000_000_000,
      budgetPerMonth: 5_500_000_000,
      budgetTotal: 100_000_000,
    })
  })

  it('tells no cap from none at all, at once', async () => {
    await toLimits('zero')
    await expect.poll(() => cap('Tokens per day').getAttribute('placeholder')).toBe('no cap')
    await expect.poll(() => page.getByText('denies all', { exact: true }).count()).toBe(0)
    await cap('Tokens per day').fill('0')
    await page.getByText('denies all', { exact: true }).waitFor()
    await expect.poll(() => cap('Tokens per day').getAttribute('aria-description')).toBe('denies all')
    await cap('Budget in total').fill('$0')
    await expect.poll(() => page.getByText('denies all', { exact: true }).count()).toBe(2)
    await cap('Budget in total').fill('')
    await expect.poll(() => page.getByText('denies all', { exact: true }).count()).toBe(1)
    await create()
    expect((await keyNamed('zero'))?.limits).toEqual({ ...limits.parse({}), tokensPerDay: 0 })
  })

  it('says what is wrong at the field, and nothing is saved until it is right', async () => {
    await toLimits('wrong')
    const bad: readonly (readonly [string, string, string])[] = [
      ['Requests per hour', '1.5', 'Give a whole number: 500, 1k or 1.5M.'],
      ['Requests per hour', '-1', 'Give a whole number: 500, 1k or 1.5M.'],
      ['Requests per hour', '2B', 'At most 1,000,000,000.'],
      ['Budget per week', '5,50', 'Give dollars, cents behind a point: 5.50.'],
      ['Budget per week', '0.0000000001', 'At most 9 digits behind the point.'],
      ['Budget per week', '$2M', 'At most $1,000,000.00.'],
    ]
    for (const [name, text, message] of bad) {
      await cap(name).fill(text)
      await cap(name).blur()
      await own().getByText(message).waitFor()
      await expect.poll(() => cap(name).getAttribute('aria-invalid')).toBe('true')
      await cap(name).fill('')
      await own().getByText(message).waitFor({ state: 'detached' })
    }
    await cap('Requests per hour').fill('many')
    await button('Next').click()
    await page.getByRole('alert').getByText('Requests per hour: Give a whole number').click()
    await expect.poll(() => cap('Requests per hour').evaluate((it) => it === document.activeElement)).toBe(true)
    await axe(page)
    await button('Review').click()
    await page.getByText('Correct what is marked in the steps before').waitFor()
    await page.getByText('Limits: Requests per hour: Give a whole number: 500, 1k or 1.5M.').waitFor()
    await expect.poll(() => button('Create key').isDisabled()).toBe(true)
    await button('Limits').click()
    await cap('Requests per hour').fill('10')
    await button('Review').click()
    await expect.poll(() => button('Create key').isEnabled()).toBe(true)
  })

  it('asks what to do with unknown prices only where there is a budget', async () => {
    await toLimits('unpriced')
    const choice = page.getByRole('radiogroup', { name: 'With a budget, models without a price' })
    await cap('Requests per day').fill('5')
    await expect.poll(() => choice.count()).toBe(0)
    const models = await addRow('gpt-5*')
    await cap('Budget per day', models).fill('2')
    await expect.poll(() => choice.getByRole('radio', { name: 'Refuse' }).isChecked()).toBe(true)
    for (const hint of ['is refused.', 'the answer’s head says so.', 'It is served and costs the budget nothing.']) {
      await choice.getByText(hint).waitFor()
    }
    await choice.getByRole('radio', { name: 'Warn' }).check()
    await create()
    expect(await keyNamed('unpriced')).toMatchObject({ unpriced: 'warn' })
  })
})

describe('rows for single models', () => {
  it('are added, refused twice, removed and put back', async () => {
    await toLimits('rows')
    const first = await addRow('gpt-5*')
    await cap('Requests per minute', first).fill('5')
    const second = await addRow('sim-chat')
    await cap('Output tokens per request', second).fill('0')
    await second.getByText('denies all', { exact: true }).waitFor()
    await button('sim-chat', second).first().click()
    await expect.poll(() => cap('Output tokens per request', second).count()).toBe(0)
    await second.getByText('0 output tokens a request: denied').waitFor()

    await addRow('gpt-5*')
    const twice = row('gpt-5*').last()
    await model(twice).blur()
    await twice.getByText('This model has a row already.').waitFor()
    await model(twice).fill('g*t')
    await row('g*t').getByText('A “*” may stand at the end only.').waitFor()
    await button('Remove g*t').click()
    await page.getByRole('status').getByText('Removed g*t.').waitFor()

    await button('Remove gpt-5*').click()
    await page.getByRole('status').getByText('Removed gpt-5*.').waitFor()
    await expect.poll(() => row('gpt-5*').count()).toBe(0)
    await expect.poll(() => button('Undo').evaluate((it) => it === document.activeElement)).toBe(true)
    await page.keyboard.press('Enter')
    await expectValue(cap('Requests per minute', row('gpt-5*')), '5')
    await page.getByRole('status').getByText('Removed g*t.').waitFor()
    await create()
    const made = await keyNamed('rows')
    expect(made?.limitOverrides.map(({ model, limits }) => [model, limits])).toEqual([
      ['gpt-5*', limits.parse({ requestsPerMinute: 5 })],
      ['sim-chat', limits.parse({ outputTokensPerRequest: 0 })],
    ])
  })

  it('that are closed open for what is wrong in them', async () => {
    await toLimits('closed')
    const models = await addRow('sim-chat')
    await cap('Budget in total', models).fill('all')
    await button('sim-chat', models).first().click()
    await models.getByText('Give dollars, cents behind a point: 5.50.').waitFor()
    await model(models).fill('')
    await button('Next').click()
    await page.getByRole('alert').getByText('Row 1, budget in total: Give dollars').waitFor()
    await page.getByRole('alert').getByText('Row 1: Give a model id.').click()
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('combobox')
  })
})

describe('an edit', () => {
  it('shows what is stored, changes that alone, and is taken back', async () => {
    const before = {
      limits: { requestsPerMinute: 100, budgetPerDay: 5_500_000_000, tokensPerDay: 0 },
      limitOverrides: [
        { model: 'gpt-5*', limits: { requestsPerMinute: 5 } },
        { model: 'sim-chat', limits: { concurrentRequests: 1 } },
      ],
      unpriced: 'free' as const,
    }
    const { key } = await rig.call('key.create', { poolId: served.poolId, name: 'edited', ...before })
    await rig.go(`/keys/${key.id}/edit?step=limits`)
    await expectValue(cap('Requests per minute'), '100')
    await expectValue(cap('Budget per day'), '5.50')
    await expectValue(cap('Tokens per day'), '0')
    await page.getByText('denies all', { exact: true }).waitFor()
    await expect.poll(() => page.getByRole('radio', { name: 'Free' }).isChecked()).toBe(true)
    await row('gpt-5*').getByText('5 requests a minute').waitFor()
    // Looking is no change.
    await cap('Budget per day').focus()
    await cap('Budget per day').blur()
    await button('Review').click()
    await page.getByText('Nothing has changed.').waitFor()

    await button('Limits').click()
    await cap('Requests per minute').fill('2k')
    await cap('Tokens per day').fill('')
    await button(/^gpt-5\*/, row('gpt-5*')).click()
    await cap('Requests per minute', row('gpt-5*')).fill('6')
    await button('Remove sim-chat').click()
    await button('Review').click()
    const words = page.getByRole('main')
    await words.getByText('2,000 requests a minute · $5.50 a day').waitFor()
    await words.getByText('For gpt-5*', { exact: true }).waitFor()
    await words.getByText('6 requests a minute').first().waitFor()
    await words.getByText('served at no cost').waitFor()
    await button('Save changes').click()
    await page.waitForURL((url) => url.pathname === `/keys/${key.id}`)
    const after = await keyNamed('edited')
    expect(after?.limits).toEqual(limits.parse({ requestsPerMinute: 2_000, budgetPerDay: 5_500_000_000 }))
    expect(after?.limitOverrides).toEqual([
      { id: key.limitOverrides[0]?.id, model: 'gpt-5*', limits: limits.parse({ requestsPerMinute: 6 }) },
    ])
    expect(after?.unpriced).toBe('free')

    await button('Undo').click()
    await page.getByText('Undone').waitFor()
    const back = await keyNamed('edited')
    expect(back?.limits).toEqual(key.limits)
    expect(back?.limitOverrides.map(({ model, limits }) => ({ model, limits }))).toEqual(
      key.limitOverrides.map(({ model, limits }) => ({ model, limits })),
    )
    expect(back?.limitOverrides[0]?.id).toBe(key.limitOverrides[0]?.id)
  })
})

describe('the review of an edit', () => {
  it('says what of each limit is used already, against its cap now and then', async () => {
    const { key, secret } = await rig.call('key.create', {
      poolId: served.poolId,
      name: 'used',
      limits: { requestsPerDay: 10, tokensPerDay: 100_000, outputTokensPerRequest: 500 },
      limitOverrides: [{ model: 'sim-*', limits: { requestsPerHour: 20 } }],
    })
    for (let sent = 0; sent < 2; sent++) expect(await sendRequest(rig, secret)).toBe(200)
    await rig.go(`/keys/${key.id}/edit?step=review`)
    const used = page.getByRole('table', { name: 'Used of its limits' })
    const line = (name: string) => used.getByRole('row').filter({ hasText: name }).getByRole('cell').allTextContents()
    await expect.poll(() => line('Requests per day')).toEqual(['Requests per day', '2 of 10'])
    await expect.poll(() => line('Requests per hour')).toEqual(['Requests per hour for sim-*', '2 of 20'])
    // A cap of single requests has no use.
    await expect.poll(() => used.getByRole('row').count()).toBe(4)

    await button('Limits').click()
    await cap('Requests per day').fill('2')
    await cap('Tokens per day').fill('')
    await cap('Budget per day').fill('5')
    await button('Review').click()
    await expect.poll(() => line('Requests per day')).toEqual(['Requests per day', '2 of 10', '2 of 2nothing left'])
    await expect.poll(async () => (await line('Tokens per day')).at(-1)).toBe('no cap')
    await expect.poll(() => line('Budget per day')).toEqual(['Budget per day', 'no cap', 'at most $5.00'])
    await expect.poll(async () => (await line('Requests per hour')).at(-1)).toBe('the same')
    // What is used meanwhile is shown as it comes.
    expect(await sendRequest(rig, secret)).toBe(200)
    await expect.poll(async () => (await line('Requests per day'))[1]).toBe('3 of 10')
    await axe(page)
  })
})

describe('by keyboard alone', () => {
  it('the step is walked through', async () => {
    await toLimits('keys only')
    await tabTo(page, cap('Requests per minute'))
    await page.keyboard.type('1k')
    await tabTo(page, cap('Budget in total'))
    await page.keyboard.type('$7')
    await tabTo(page, page.getByRole('radio', { name: 'Refuse' }))
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => page.getByRole('radio', { name: 'Warn' }).isChecked()).toBe(true)
    await tabTo(page, button('Add a model'))
    await page.keyboard.press('Enter')
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('combobox')
    await page.keyboard.type('gpt-5*')
    await tabTo(page, cap('Requests at a time', row('gpt-5*')))
    await page.keyboard.type('2')
    // Enter in a field goes on, as in every step.
    await page.keyboard.press('Enter')
    await step('Review').waitFor()
    await page.getByText('1,000 requests a minute · $7.00 in total').waitFor()
    await page.getByText('2 requests at a time').first().waitFor()
    await page.keyboard.press('Alt+ArrowLeft')
    await step('Limits').waitFor()
    await tabTo(page, button(/^gpt-5\*/, row('gpt-5*')))
    await page.keyboard.press('Enter')
    await expectValue(cap('Requests at a time', row('gpt-5*')), '2')
    await tabTo(page, button('Remove gpt-5*'))
    await page.keyboard.press('Enter')
    await page.getByRole('status').getByText('Removed gpt-5*.').waitFor()
  })
})

describe('in both schemes and the least size', () => {
  it.each(['light', 'dark'] as const)('the form fits and can be read, %s', async (scheme) => {
    await page.emulateMedia({ colorScheme: scheme })
    await page.setViewportSize({ width: 900, height: 600 })
    try {
      await toLimits(`seen ${scheme}`)
      await cap('Tokens per day').fill('0')
      await cap('Budget in total').fill('0')
      await cap('Requests per minute').fill('many')
      await cap('Requests per minute').blur()
      await addRow('gpt-5*')
      await axe(page)
      const overflow = () => page.locator('#main').evaluate((main) => main.scrollWidth - main.clientWidth)
      await expect.poll(overflow).toBe(0)
    } finally {
      await page.emulateMedia({ colorScheme: 'light' })
      await page.setViewportSize({ width: 1280, height: 800 })
    }
  })
})
