import type { Locator, Page } from 'playwright-core'

const MOST_PRESSES = 60

/** Tabs on until the field has the focus. @throws when that never comes. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < MOST_PRESSES; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error('the field cannot be reached by Tab')
}
