/**
 * A drawer that an address opens: `/keys/abc` over `/keys`. Closing it goes up to the list with its filters; "back" works
 * as with any page.
 */
import { Drawer } from '@mantine/core'
import { useWindowEvent } from '@mantine/hooks'
import type { ReactNode } from 'react'
import { useNavigate } from 'react-router'
import { useLiveSearch } from '../lib/live-address.ts'
import classes from './url-drawer.module.css'

export interface UrlDrawerProps {
  readonly opened: boolean
  /** The list beneath: `/keys`. The query stays as it is. */
  readonly closeTo: string
  /** Parameters of the query that opened it, and go with it. */
  readonly closeParams?: readonly string[]
  readonly title: ReactNode
  readonly size?: number | string
  /** The page's own keys act while it is open: for a drawer that is walked through. */
  readonly allowsShortcuts?: boolean
  readonly children: ReactNode
}

export function UrlDrawer(props: UrlDrawerProps) {
  const { opened, closeTo, closeParams = [], title, size = 560, allowsShortcuts = false, children } = props
  const navigate = useNavigate()
  const search = useLiveSearch()
  const close = () => void navigate({ pathname: closeTo, search: without(search(), closeParams) })
  useWindowEvent(
    'keydown',
    (event) => {
      if (opened && event.key === 'Escape' && !event.isComposing && isForDrawer(event.target)) close()
    },
    { capture: true },
  )
  return (
    <Drawer
      opened={opened}
      onClose={close}
      size={size}
      closeOnEscape={false}
      data-url-drawer
      title={title}
      closeButtonProps={{ 'aria-label': 'Close' }}
      classNames={{ title: classes['title'] ?? '' }}
      {...(allowsShortcuts ? { attributes: { content: { 'data-quiet': true } } } : {})}
    >
      {children}
    </Drawer>
  )
}

function without(search: string, names: readonly string[]): string {
  if (names.length === 0) return search
  const left = new URLSearchParams(search)
  for (const name of names) left.delete(name)
  return left.toString()
}

/** Escape belongs first to what is open over the drawer or in it: a dialog, the palette, a menu, a list of choices. */
function isForDrawer(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false
  if (target.closest('[aria-expanded="true"], [data-mantine-stop-propagation="true"]') !== null) return false
  return target === document.body || target.closest('[data-url-drawer]') !== null
}
