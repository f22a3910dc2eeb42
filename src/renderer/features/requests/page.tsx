/** Request logs: every request of a known key, newest first, as it arrives. */
import { Switch } from '@mantine/core'
import { useCallback, useEffect, useMemo, useRef } from 'react'
import { useNavigate, useParams } from 'react-router'
import { PageHeader } from '../../components/page-header.tsx'
import { useCommands } from '../../lib/commands.ts'
import { useLiveSearch } from '../../lib/live-address.ts'
import { useShortcut } from '../../lib/shortcuts.ts'
import { useUrlState, writeState } from '../../lib/url-state.ts'
import { ColumnMenu } from './column-menu.tsx'
import { ExportMenu, ExportPanel } from './export-panel.tsx'
import { LogFilterBar } from './filter-bar.tsx'
import { filterParams, fromSaved, isFiltered, toSaved, viewParams } from './filter-state.ts'
import classes from './filters.module.css'
import { indexOf } from './id-order.ts'
import { LogBody } from './log-body.tsx'
import { ROW_HEIGHT, usePlace } from './place.ts'
import { useRequestCount } from './queries.ts'
import { RequestDrawer } from './request-drawer.tsx'
import { SavedFilters } from './saved-filters.tsx'
import { useRequestLog, useSnapshot, useTail } from './use-request-log.ts'

export function RequestsPage() {
  const { id: openId = null } = useParams()
  const [state, setState, resetFilters] = useUrlState(filterParams)
  const [view, setView] = useUrlState(viewParams)
  const opened = useRequestLog(state, view.start)
  const { log, place } = opened
  const snapshot = useSnapshot(log)
  const { current } = usePlace(place)
  const { gridRef, focusGrid } = useGridFocus()
  const { navigate, goTo } = useSteps()
  // What the drawer shows is the row that the keyboard is at.
  useEffect(() => {
    if (openId !== null) place.choose(openId)
  }, [place, openId])

  // Who went to the oldest one walks on from there.
  const { start } = view
  const { phase } = snapshot
  useEffect(() => {
    if (start === 'oldest' && phase === 'ready' && place.state().current === null) {
      place.choose(log.snapshot().ids.at(-1) ?? null)
    }
  }, [start, phase, place, log])

  // A range with an end is over: nothing new belongs to it.
  const hasEnd = state.last === null && state.to !== null
  const isLive = view.live === 'on' && !hasEnd
  useTail(opened, isLive)
  const count = useRequestCount(log.filter, isLive)

  const { ids } = snapshot
  const at = openId !== null || current !== null ? indexOf(ids, openId ?? current ?? '') : -1
  const step = (by: number) => {
    // The place knows of the step before, which may not be drawn yet.
    const from = place.state().current
    const here = from === null ? -1 : indexOf(ids, from)
    const next = ids[here < 0 ? Math.ceil(place.scrollTop() / ROW_HEIGHT) : here + by]
    if (next === undefined) return
    place.choose(next)
    if (openId !== null) goTo(next, true)
    else focusGrid()
  }
  useShortcut('j', 'Next request, older', () => step(1))
  useShortcut('k', 'Previous request, newer', () => step(-1))
  const toggleLive = () => setView({ live: view.live === 'on' ? 'off' : 'on' }, { replace: true })
  useShortcut('p', 'Pause or resume the live tail', toggleLive, { enabled: !hasEnd })
  usePageCommands({ toggleLive, isLive, isFiltered: isFiltered(state), reset: resetFilters })

  const saved = toSaved(state, view.columns)
  return (
    <div className={classes['page']}>
      <PageHeader
        title="Requests"
        question="What was asked, who served it, and what went wrong?"
        actions={
          <>
            <Switch
              label={hasEnd ? 'Live: the range has an end' : isLive ? 'Live' : 'Paused'}
              checked={isLive}
              disabled={hasEnd}
              onChange={toggleLive}
            />
            <SavedFilters
              values={saved}
              onApply={({ filter }) => {
                const { state: wanted, columns } = fromSaved(filter)
                const search = writeState(
                  viewParams,
                  { columns },
                  writeState(filterParams, wanted, new URLSearchParams()),
                )
                void navigate({ pathname: '/requests', search: search.toString() })
              }}
            />
            <ColumnMenu chosen={view.columns} onChange={(columns) => setView({ columns }, { replace: true })} />
            <ExportMenu filter={log.filter} isFiltered={isFiltered(state)} isEmpty={ids.length === 0} />
          </>
        }
      />
      <LogFilterBar state={state} setState={setState} onReset={resetFilters} count={count} />
      <LogBody
        key={`${JSON.stringify(state)} ${view.start}`}
        log={log}
        snapshot={snapshot}
        isFiltered={isFiltered(state)}
        onResetFilters={resetFilters}
        table={{
          columns: view.columns,
          openId,
          onOpen: (id) => goTo(id, false),
          onNewest: () => {
            if (view.start === 'oldest' && !snapshot.isAtNewest) setView({ start: 'newest' })
            else place.choose(ids[0] ?? null)
          },
          onOldest: () => {
            if (snapshot.isAtOldest) place.choose(ids.at(-1) ?? null)
            else setView({ start: 'oldest' })
          },
          place,
          startsAtEnd: view.start === 'oldest',
          gridRef,
        }}
      />
      <ExportPanel />
      <RequestDrawer
        id={openId}
        newerId={(at > 0 ? ids[at - 1] : null) ?? null}
        olderId={(at >= 0 ? ids[at + 1] : null) ?? null}
        onStep={(id) => {
          place.choose(id)
          goTo(id, true)
        }}
      />
    </div>
  )
}

function useSteps() {
  const navigate = useNavigate()
  const search = useLiveSearch()
  const goTo = (id: string, replace: boolean) =>
    void navigate({ pathname: `/requests/${id}`, search: search() }, { replace })
  return { navigate, goTo }
}

/** A list that takes another one's place, because one went to its other end or back, takes its focus as well. */
function useGridFocus() {
  const grid = useRef<HTMLDivElement>(null)
  const hadFocus = useRef(false)
  const gridRef = useCallback((node: HTMLDivElement | null) => {
    if (node === null) hadFocus.current = grid.current !== null && document.activeElement === grid.current
    else if (hadFocus.current && document.activeElement === document.body) node.focus()
    grid.current = node
  }, [])
  return { gridRef, focusGrid: () => grid.current?.focus() }
}

interface PageCommands {
  readonly toggleLive: () => void
  readonly isLive: boolean
  readonly isFiltered: boolean
  readonly reset: () => void
}

function usePageCommands({ toggleLive, isLive, isFiltered, reset }: PageCommands): void {
  const toggle = useRef(toggleLive)
  useEffect(() => {
    toggle.current = toggleLive
  })
  useCommands(
    useMemo(
      () => [
        {
          id: 'requests.live',
          label: isLive ? 'Pause the live tail of requests' : 'Resume the live tail of requests',
          run: () => toggle.current(),
        },
        ...(isFiltered ? [{ id: 'requests.clear', label: 'Clear the filters of the request log', run: reset }] : []),
      ],
      [isLive, isFiltered, reset],
    ),
  )
}
