/** What is measured inside the page: when it has drawn its content, and which rows are blank in each frame of a scroll. */
import type { Page } from 'playwright-core'

export interface Painted {
  /** ms from the start of the navigation to the first frame with anything in it. */
  readonly first: number
  /** To the first frame with the page's heading and nothing left that is loading. */
  readonly content: number
}

/** Before any script of the page: notes when its content stands. */
export const noteContent = `
  (() => {
    const isThere = () =>
      document.getElementById('page-title') !== null &&
      document.querySelector('[data-state="loading"], .mantine-Skeleton-root') === null
    const look = () => {
      if (!isThere()) return requestAnimationFrame(look)
      // The frame after the one in which it was put together has been drawn.
      requestAnimationFrame(() => { window.contentAt ??= performance.now() })
    }
    requestAnimationFrame(look)
  })()`

export async function paint(page: Page, url: string): Promise<Painted> {
  await page.goto(url)
  await page.waitForFunction(() => 'contentAt' in window)
  return page.evaluate(() => {
    const first = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN
    return { first, content: (window as unknown as { contentAt: number }).contentAt }
  })
}

export interface Scrolled {
  readonly frames: number
  /** Frames in which a row on screen was not there or had no data yet. */
  readonly blankFrames: number
  readonly longestFrameMs: number
  /** How far down the list the last row is, and how many are loaded. */
  readonly lastRow: number
  readonly loadedRows: number
}

/** Looks at the rows on screen in every frame while `act` scrolls. */
export async function watchRows(page: Page, act: () => Promise<void>): Promise<Scrolled> {
  await page.evaluate(() => {
    const box = document.querySelector('[data-log]')
    if (!(box instanceof HTMLElement)) throw new Error('there is no list')
    const seen = { frames: 0, blankFrames: 0, longestFrameMs: 0, isOver: false }
    Object.assign(window, { seen })
    let last = performance.now()
    const look = (now: number) => {
      if (seen.isOver) return
      seen.frames += 1
      seen.longestFrameMs = Math.max(seen.longestFrameMs, now - last)
      last = now
      const { left, top, bottom, width } = box.getBoundingClientRect()
      const end = Math.min(bottom, box.querySelector('[role="grid"]')?.getBoundingClientRect().bottom ?? bottom)
      for (let y = top + 42; y < end - 4; y += 28) {
        const row = document.elementFromPoint(left + width / 3, y)?.closest('[data-row]')
        if (row?.getAttribute('data-row') === 'ready') continue
        seen.blankFrames += 1
        break
      }
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
  await act()
  return page.evaluate(() => {
    const { seen } = window as unknown as {
      seen: { frames: number; blankFrames: number; longestFrameMs: number } & { isOver: boolean }
    }
    seen.isOver = true
    const rows = [...document.querySelectorAll('[data-id]')].map((row) => Number(row.getAttribute('aria-rowindex')))
    const { frames, blankFrames, longestFrameMs } = seen
    const body = document.querySelectorAll('[role="grid"] [role="rowgroup"]')[1]
    return {
      frames,
      blankFrames,
      longestFrameMs,
      lastRow: Math.max(...rows) - 1,
      loadedRows: (body?.clientHeight ?? 0) / 28,
    }
  })
}
