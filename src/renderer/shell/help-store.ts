/** Whether the help sheet is open: a button, a key and the palette open it. */
import { useSyncExternalStore } from 'react'

let isOpen = false
const listeners = new Set<() => void>()

function become(next: boolean): void {
  isOpen = next
  for (const listener of listeners) listener()
}

export function openHelp(): void {
  become(true)
}

export function closeHelp(): void {
  become(false)
}

export function useHelpOpen(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => isOpen,
  )
}
