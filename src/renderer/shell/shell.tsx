/** The frame around every page: rail, status strip, banner, palette, help, and where the focus goes on navigation. */
import { useEffect, useRef } from 'react'
import { Outlet, useLocation, useNavigate } from 'react-router'
import { useConnectionState } from '../lib/api.ts'
import { useCoreEvents } from '../lib/live.ts'
import { useShortcut } from '../lib/shortcuts.ts'
import { CommandPalette } from './command-palette.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { openHelp } from './help-store.ts'
import { HelpSheet } from './help-sheet.tsx'
import { NavigationRail } from './navigation-rail.tsx'
import { places } from './places.ts'
import { PageProgress } from './page-progress.tsx'
import classes from './shell.module.css'
import { SignedOut } from './signed-out.tsx'
import { StatusStrip } from './status-strip.tsx'

export function Shell() {
  const state = useConnectionState()
  useFocusOnNavigation()
  useMenuNavigation()
  return (
    <div className={classes['shell']}>
      <a className={classes['skip']} href="#main">
        Skip to the page
      </a>
      <NavigationRail />
      <div className={classes['side']}>
        <StatusStrip />
        <ConnectionBanner />
        <main id="main" tabIndex={-1} className={classes['main']}>
          <PageProgress />
          {state === 'signed_out' ? <SignedOut /> : <Outlet />}
        </main>
      </div>
      <CommandPalette />
      <HelpSheet />
      <Shortcuts />
    </div>
  )
}

/** Lists whose records open in a drawer over them: `/keys` and `/keys/abc` are one page. */
const overList = /^\/(keys|requests|audit)(\/(?!new$)[^/]+(\/doctor|\/tokens(\/new)?)?)?$/

/** A new page starts at its heading; a filter or drawer of the same page leaves the focus where it is. */
function useFocusOnNavigation(): void {
  const { pathname } = useLocation()
  const last = useRef(pathname)
  useEffect(() => {
    const before = last.current
    last.current = pathname
    if (before === pathname) return
    const list = overList.exec(pathname)?.[1]
    if (list !== undefined && list === overList.exec(before)?.[1]) return
    document.getElementById('main')?.scrollTo({ top: 0 })
    // The heading may come a moment later, with the page's data.
    requestAnimationFrame(() => (document.getElementById('page-title') ?? document.getElementById('main'))?.focus())
  }, [pathname])
}

/** The desktop's menu leads to pages too. */
function useMenuNavigation(): void {
  const navigate = useNavigate()
  useCoreEvents((events) => {
    for (const event of events) if (event.type === 'host.navigate') void navigate(event.path)
  })
}

function Shortcuts() {
  return (
    <>
      {places.map(({ to, label, keys }) => (
        <GoTo key={to} to={to} label={label} keys={keys} />
      ))}
      <General />
    </>
  )
}

function GoTo({ to, label, keys }: { readonly to: string; readonly label: string; readonly keys: string }) {
  const navigate = useNavigate()
  useShortcut(keys, label, () => void navigate(to), { group: 'Go to' })
  return null
}

function General() {
  useShortcut('?', 'This sheet', openHelp, { group: 'Everywhere' })
  useShortcut(
    '/',
    'Search on the page',
    () => document.querySelector<HTMLInputElement>('[data-page-search]')?.focus(),
    { group: 'Everywhere' },
  )
  return null
}
