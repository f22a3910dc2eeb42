/** What stands in place of a list while it loads, as one sees it: cards side by side, or rows from edge to edge. */
import type { Locator } from 'playwright-core'
import { expect } from 'vitest'

export async function expectShape(place: Locator, shape: 'cards' | 'table'): Promise<void> {
  const share = () =>
    place.evaluate((box) => {
      const first = box.firstElementChild ?? box
      return first.getBoundingClientRect().width / box.getBoundingClientRect().width
    })
  if (shape === 'table') await expect.poll(share).toBeGreaterThan(0.95)
  else await expect.poll(share).toBeLessThan(0.6)
}
