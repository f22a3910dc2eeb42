/** The quota windows of a signed-in account, each by its length: what is left, how far that can be gone by, what comes next. */
import { Text, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { StatusBadge } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { useNow } from '../../lib/clock.ts'
import {
  atGlance,
  forecastWords,
  inOrder,
  leastLeft,
  leftWord,
  LITTLE_LEFT,
  percentLeft,
  restWords,
  windowTitle,
} from '../../lib/quota-words.ts'
import { Countdown } from './countdown.tsx'
import type { Upstream } from './upstream-rows.ts'
import classes from './account-quota.module.css'

type Quota = NonNullable<Upstream['accountQuota']>
type Window = Quota['windows'][number]

const HOUR_MS = 3_600_000

export function AccountBars({ windows }: { readonly windows: readonly Window[] }) {
  return (
    <ul className={classes['windows']} aria-label="Quota windows">
      {inOrder(windows).map((window) => (
        <WindowItem key={`${window.meter} ${window.minutes}`} window={window} />
      ))}
    </ul>
  )
}

function WindowItem({ window }: { readonly window: Window }) {
  const now = useNow()
  return (
    <li className={classes['window']} aria-label={windowTitle(window)}>
      <div className={classes['head']}>
        <b>{windowTitle(window)}</b>
        <StateBadge state={window.state} />
        <span className={classes['left']}>{`${leftWord(window)} left`}</span>
      </div>
      <Meter window={window} />
      <Text size="xs" c="dimmed" component="div">
        <ResetWords window={window} now={now} />
        {' · '}
        {window.state === 'stale' ? 'last heard of ' : 'as of '}
        <Time at={window.observedAt} />
      </Text>
      <Forecast window={window} now={now} />
    </li>
  )
}

/** Nothing where the window will last until its reset, or nobody can tell. */
function Forecast({ window, now }: { readonly window: Window; readonly now: number }) {
  const words = forecastWords(window, now)
  if (words === null) return null
  return (
    <Text size="xs" component="div" c="var(--tone-warn)">
      {words}
    </Text>
  )
}

/** Nothing where the figure is fresh and something is left: that goes without saying. */
function StateBadge({ state }: Pick<Window, 'state'>) {
  if (state === 'ok') return null
  return <StatusBadge status={`quota_${state}`} reason={stateHints[state]} />
}

const stateHints = {
  exhausted: 'Nothing is left until its reset. Requests go to other upstreams.',
  stale: 'The figure is too old to go by: others are asked first.',
  reset: 'Its reset has passed, so it counts as full until the provider says otherwise.',
} as const

function ResetWords({ window: { resetsAt, state }, now }: { readonly window: Window; readonly now: number }) {
  if (resetsAt === null) return <>no reset is known</>
  if (state === 'reset' || resetsAt <= now) {
    return (
      <>
        reset passed <Time at={resetsAt} />
      </>
    )
  }
  return (
    <>
      resets <Time at={resetsAt} />
      {resetsAt - now < HOUR_MS && (
        <>
          {' ('}
          <Countdown until={resetsAt} />)
        </>
      )}
    </>
  )
}

function Meter({ window }: { readonly window: Window }) {
  const left = percentLeft(window)
  return (
    <span
      className={classes['meter']}
      role="meter"
      aria-label={`${windowTitle(window)} left`}
      aria-valuenow={Math.round(left)}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={leftWord(window)}
      data-low={isLow(window)}
      data-state={window.state}
    >
      <span style={{ width: `${left}%` }} />
    </span>
  )
}

/** For a row of a list: the window that ends first, the others on hover. */
export function LeastWindow({ quota }: { readonly quota: Quota }) {
  const window = leastLeft(quota)
  if (window === null) return null
  const all = inOrder(quota.windows).map((each) => `${windowTitle(each)}: ${leftWord(each)} left`)
  return (
    <Tooltip label={all.join('; ')}>
      <div className={classes['least']} tabIndex={0} role="group" aria-label="Least quota left">
        <Glance window={window}>
          resets <Time at={window.resetsAt} />
        </Glance>
      </div>
    </Tooltip>
  )
}

/** Two rows of them, more where a forecast takes one; the upstream's own page has all. */
const MOST_GLANCES = 4

/** For a card: each window in short with its forecast. Of too many those that end first, and a line for the others. */
export function WindowGlances({ windows }: { readonly windows: readonly Window[] }) {
  const now = useNow()
  const { shown, rest } = atGlance(windows, MOST_GLANCES, now)
  return (
    <div>
      <ul className={classes['glances']} aria-label="Quota windows">
        {shown.map((window) => (
          <li
            key={`${window.meter} ${window.minutes}`}
            className={classes['least']}
            aria-label={windowTitle(window)}
            data-wide={forecastWords(window, now) !== null}
          >
            <Glance window={window}>
              <ResetWords window={window} now={now} />
            </Glance>
            <Forecast window={window} now={now} />
          </li>
        ))}
      </ul>
      {rest.length > 0 && (
        <Text size="xs" c={rest.some(isLow) ? 'var(--tone-warn)' : 'dimmed'} mt={4}>
          {restWords(rest)}
        </Text>
      )}
    </div>
  )
}

function isLow(window: Window): boolean {
  return percentLeft(window) < LITTLE_LEFT
}

/** `children`: when it is full again, where that is known and ahead. */
function Glance({ window, children }: { readonly window: Window; readonly children: ReactNode }) {
  return (
    <>
      <Text size="xs" component="span">
        <b>{leftWord(window)}</b>
        {` of ${windowTitle(window)}`}
      </Text>
      <Meter window={window} />
      <StateBadge state={window.state} />
      {window.state !== 'reset' && window.resetsAt !== null && (
        <Text size="xs" c="dimmed" component="span">
          {children}
        </Text>
      )}
    </>
  )
}
