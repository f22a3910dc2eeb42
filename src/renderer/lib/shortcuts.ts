/**
 * Keys that act: single ones (`n`, `/`, `?`) and sequences (`g p`). They rest while something is typed and while a dialog
 * is open. The last one registered wins, so that a page can take a key over.
 */
import { useEffect } from 'react'
import { createRegistry, useLatest, useRegistry } from './registry.ts'

export interface Shortcut {
  /** `n`, `?`, `g p`. */
  readonly keys: string
  /** For the help sheet: what it does. */
  readonly label: string
  readonly group: string
  readonly run: () => void
}

const SEQUENCE_MS = 1_200
const registry = createRegistry<Shortcut>()

export function useShortcuts(): readonly Shortcut[] {
  return useRegistry(registry)
}

export interface ShortcutOptions {
  /** The heading in the help sheet; "This page" when left out. */
  readonly group?: string
  readonly enabled?: boolean
}

export function useShortcut(keys: string, label: string, run: () => void, options: ShortcutOptions = {}): void {
  const { group = 'This page', enabled = true } = options
  const stable = useLatest(run)
  useEffect(
    () => (enabled ? registry.add({ keys, label, group, run: stable }) : undefined),
    [keys, label, group, enabled, stable],
  )
}

/** Reads the keys of the window. Returns what ends it. */
export function listenForShortcuts(scope: Window): () => void {
  let pressed = ''
  let pressedAt = 0

  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (event.key.length !== 1 || isTyping(event.target) || isDialogOpen(scope.document)) return
    const now = event.timeStamp
    const sequence = pressed !== '' && now - pressedAt < SEQUENCE_MS ? `${pressed} ${event.key}` : event.key
    const found = findShortcut(sequence) ?? findShortcut(event.key)
    pressed = isStart(event.key) ? event.key : ''
    pressedAt = now
    if (found === undefined) return
    pressed = ''
    event.preventDefault()
    found.run()
  }

  scope.addEventListener('keydown', onKey)
  return () => scope.removeEventListener('keydown', onKey)
}

function findShortcut(keys: string): Shortcut | undefined {
  return registry.entries().findLast((entry) => entry.keys === keys)
}

function isStart(key: string): boolean {
  return registry.entries().some((entry) => entry.keys.startsWith(`${key} `))
}

/** What has the focus takes keys for itself. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'submit'].includes(target.type)
}

function isDialogOpen(document: Document): boolean {
  return document.querySelector('[role="dialog"]:not([data-quiet]), [role="alertdialog"]') !== null
}
