/** The quota windows of a signed-in account, each by its length: what is left, how far that can be gone by, what comes next. */
import { Text, Tooltip } from '@mantine/core'
import { StatusBadge } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { useNow } from '../../lib/clock.ts'
import { formatNoun } from '../../lib/format.ts'
import {
  forecastWords,
  inOrder,
  leastLeft,
  leftWord,
  LITTLE_LEFT,
  percentLeft,
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
  const forecast = forecastWords(window, now)
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
      {forecast !== null && (
        <Text size="xs" component="div" c="var(--tone-warn)">
          {forecast}
        </Text>
      )}
    </li>
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
      data-low={left < LITTLE_LEFT}
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
        <Glance window={window} />
      </div>
    </Tooltip>
  )
}

/** As many as stand in two rows; the upstream's own page has all of them. */
const MOST_GLANCES = 4

/** For a card: each window in short, the account's own ones first. */
export function WindowGlances({ windows }: { readonly windows: readonly Window[] }) {
  const rest = windows.length - MOST_GLANCES
  return (
    <div>
      <ul className={classes['glances']} aria-label="Quota windows">
        {inOrder(windows)
          .slice(0, MOST_GLANCES)
          .map((window) => (
            <li key={`${window.meter} ${window.minutes}`} className={classes['least']} aria-label={windowTitle(window)}>
              <Glance window={window} />
            </li>
          ))}
      </ul>
      {rest > 0 && (
        <Text size="xs" c="dimmed" mt={4}>
          {`and ${formatNoun(rest, 'other window')}`}
        </Text>
      )}
    </div>
  )
}

function Glance({ window }: { readonly window: Window }) {
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
          resets <Time at={window.resetsAt} />
        </Text>
      )}
    </>
  )
}
