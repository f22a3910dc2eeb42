import { readlinkSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { basename } from 'node:path'

/**
 * Steps back behind the thread that serves clients: where both share a core, a long query must not hold up a stream. Only
 * Linux lets a thread have a priority of its own; elsewhere the call would slow down the whole process.
 */
export function stepBack(priority: number = constants.priority.PRIORITY_LOW): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), priority)
  } catch {
    // Without /proc, or where the system forbids it, the queries run as before.
  }
}
