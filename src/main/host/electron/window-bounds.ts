/**
 * Where the window was: a small file in the window's own folder. What it says is only a wish, since displays come and go:
 * a window that would not be seen is put back onto the primary display.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface WindowBounds {
  readonly width: number
  readonly height: number
  /** Absent: in the middle of the primary display. */
  readonly x?: number
  readonly y?: number
  readonly maximized: boolean
}

export const MIN_WIDTH = 900
export const MIN_HEIGHT = 600
const usual: WindowBounds = { width: 1_280, height: 800, maximized: false }
/** So much of the upper edge must be on a display that the window can be taken hold of. */
const GRIP_WIDTH = 120
const GRIP_HEIGHT = 32

/** `workAreas`: of every display, the primary one first. */
export function readBounds(file: string, workAreas: readonly Rectangle[]): WindowBounds {
  return fitBounds(parse(file), workAreas)
}

export function fitBounds(saved: WindowBounds | null, workAreas: readonly Rectangle[]): WindowBounds {
  const wanted = saved ?? usual
  const { x, y } = wanted
  const home =
    x === undefined || y === undefined ? undefined : workAreas.find((area) => hasGrip({ ...wanted, x, y }, area))
  const area = home ?? workAreas[0]
  const width = clamp(wanted.width, MIN_WIDTH, area?.width)
  const height = clamp(wanted.height, MIN_HEIGHT, area?.height)
  const place = home === undefined || x === undefined || y === undefined ? {} : { x, y }
  return { width, height, ...place, maximized: wanted.maximized }
}

export function writeBounds(file: string, { x, y, width, height }: Rectangle, maximized: boolean): void {
  const draft = `${file}.new`
  writeFileSync(draft, JSON.stringify({ x, y, width, height, maximized }), { mode: 0o600 })
  renameSync(draft, file)
}

function hasGrip(window: Rectangle, area: Rectangle): boolean {
  const seen = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x)
  return seen >= GRIP_WIDTH && window.y >= area.y && window.y + GRIP_HEIGHT <= area.y + area.height
}

/** The smallest size wins over a display that is smaller still. */
function clamp(value: number, least: number, most = Number.POSITIVE_INFINITY): number {
  return Math.max(least, Math.min(value, most))
}

/** Null for a file that is not there or not ours: the window then opens as it does the first time. */
function parse(file: string): WindowBounds | null {
  let saved: unknown
  try {
    saved = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
  if (typeof saved !== 'object' || saved === null) return null
  const { x, y, width, height, maximized } = saved as Record<string, unknown>
  const numbers = [x, y, width, height]
  if (!numbers.every((value) => Number.isInteger(value) && Math.abs(value as number) < 100_000)) return null
  return {
    x: x as number,
    y: y as number,
    width: width as number,
    height: height as number,
    maximized: maximized === true,
  }
}
