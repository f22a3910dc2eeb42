/**
 * Of a long table only the rows in sight are in the document, and gaps stand in place of the others: some hundred rows
 * with their menus take seconds to build. Short tables are left whole. The row that has the focus stays, wherever it is.
 */
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, type RefObject } from 'react'

/** From this many rows on. */
const LONG = 80
const ROW_HEIGHT = 46
const HEAD_HEIGHT = 32
const BEYOND_SIGHT = 12

export interface ShownItem {
  readonly index: number
  /** Height of what is left out between this item and the one before. */
  readonly gapBefore: number
}

export interface RowWindow {
  readonly shown: readonly ShownItem[]
  readonly gapAfter: number
  /** The `ref` of each item's row, which also has `data-index`. */
  readonly measure: ((row: HTMLTableRowElement | null) => void) | undefined
  /** Brings the item into sight and focuses its row. */
  focus(index: number): void
}

export function useRowWindow(count: number, box: RefObject<HTMLElement | null>, kept: number): RowWindow {
  const isLong = count > LONG
  const wanted = useRef<number | null>(null)
  // oxlint-disable-next-line react/incompatible-library
  const virtual = useVirtualizer<HTMLElement, HTMLTableRowElement>({
    count,
    enabled: isLong,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: BEYOND_SIGHT,
    scrollPaddingStart: HEAD_HEIGHT,
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range)
      return kept < 0 || indexes.includes(kept) ? indexes : [...indexes, kept].sort((a, b) => a - b)
    },
  })

  function focusRow(index: number): boolean {
    const row = box.current?.querySelector<HTMLElement>(`tr[data-index="${index}"]`)
    row?.focus({ preventScroll: isLong })
    return row !== null && row !== undefined
  }

  // A row that was out of sight is there only after it has been scrolled to.
  useEffect(() => {
    if (wanted.current !== null && focusRow(wanted.current)) wanted.current = null
  })

  function focus(index: number): void {
    if (isLong) virtual.scrollToIndex(index)
    if (!focusRow(index)) wanted.current = index
  }

  if (!isLong) {
    const shown = Array.from({ length: count }, (_, index) => ({ index, gapBefore: 0 }))
    return { shown, gapAfter: 0, measure: undefined, focus }
  }
  let end = 0
  const shown = virtual.getVirtualItems().map((item) => {
    const gapBefore = item.start - end
    end = item.end
    return { index: item.index, gapBefore }
  })
  return { shown, gapAfter: virtual.getTotalSize() - end, measure: virtual.measureElement, focus }
}
