/**
 * From nothing to a working client on one screen: upstream, Pool, key, client, and beside them the first request as it
 * comes in. Each step closes with what it came to and can be opened again.
 */
import { Button, Skeleton, Stack, Text } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import { LeaveGuard } from '../../components/leave-guard.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import type { FreshSecret } from '../../components/secret/fresh-secret.ts'
import { SnippetTabs } from '../../components/secret/snippet-tabs.tsx'
import { QueryState } from '../../components/states.tsx'
import { formatNoun } from '../../lib/format.ts'
import { LiveRequest } from './live-request.tsx'
import { StepFrame } from './step-frame.tsx'
import { FreshKey, KeyStep } from './step-key.tsx'
import { PoolStep } from './step-pool.tsx'
import { UpstreamStep } from './step-upstream.tsx'
import { stepIds, useFirstRun, type FirstRun, type Progress, type StepId } from './use-first-run.ts'
import classes from './welcome.module.css'

export function WelcomePage() {
  const firstRun = useFirstRun()
  return (
    <>
      <PageHeader
        title="First steps"
        question="What is between here and a working client? You can leave and come back at any point."
        actions={
          <Button component={Link} to="/" variant="default">
            Leave for now
          </Button>
        }
      />
      <QueryState query={firstRun.query} what="What is set up" loading={<Skeletons />}>
        {() =>
          firstRun.progress === null ? <Skeletons /> : <Steps firstRun={firstRun} progress={firstRun.progress} />
        }
      </QueryState>
    </>
  )
}

function Skeletons() {
  return (
    <div className={classes['layout']} role="status" aria-label="Loading" data-state="loading">
      <Stack gap="xs">
        {Array.from({ length: 4 }, (_, index) => (
          <Skeleton key={index} height={index === 0 ? 140 : 44} radius="sm" />
        ))}
      </Stack>
      <Skeleton height={180} radius="sm" />
    </div>
  )
}

/** A secret that was made on this page. It ends with "I have saved it" or with leaving, and nothing holds it after. */
function useFresh() {
  const [fresh, setFresh] = useState<FreshSecret | null>(null)
  const held = useRef(fresh)
  useEffect(() => {
    held.current = fresh
  }, [fresh])
  useEffect(() => () => held.current?.forget(), [])
  return {
    fresh,
    hold: setFresh,
    let() {
      fresh?.forget()
      setFresh(null)
    },
  }
}

function Steps({ firstRun, progress }: { readonly firstRun: FirstRun; readonly progress: Progress }) {
  const { params, setParams } = firstRun
  const { isDone, pool, key, upstreams } = progress
  const { fresh, hold, let: letGo } = useFresh()
  const next = stepIds.find((id) => !isDone[id]) ?? 'client'
  // A step that the address names is open, unless what it needs is not there any more.
  const canOpen = (id: StepId) => stepIds.slice(0, stepIds.indexOf(id)).every((before) => isDone[before])
  const open = params.step !== null && canOpen(params.step) ? params.step : next
  const to = (step: StepId, more: { pool?: string; key?: string } = {}) => {
    setParams({ step, ...more })
    requestAnimationFrame(() => document.getElementById(`welcome-${step}`)?.focus())
  }
  const frame = (id: StepId) => ({
    id,
    number: stepIds.indexOf(id) + 1,
    isDone: isDone[id],
    isOpen: open === id,
    isWaiting: !canOpen(id),
    onOpen: () => to(id),
  })
  return (
    <div className={classes['layout']}>
      <LeaveGuard
        isDirty={() => fresh !== null && fresh.text() !== ''}
        title="Leave before the secret is saved?"
        leave="Leave without it"
      >
        {`The secret of ${fresh?.key.name ?? 'the key'} is shown here once and not again. Without it the key can only be rotated.`}
      </LeaveGuard>
      <Stack gap="xs">
        {fresh !== null && open !== 'client' && <FreshKey secret={fresh} onSaved={letGo} />}
        <ol className={classes['steps']}>
          <StepFrame {...frame('upstream')} title="What answers: an upstream" summary={upstreamSummary(progress)}>
            <UpstreamStep upstreams={upstreams} onDone={() => to('pool')} />
          </StepFrame>
          <StepFrame {...frame('pool')} title="What clients are given: a Pool" summary={poolSummary(progress)}>
            <PoolStep progress={progress} onChosen={(id) => to('key', { pool: id, key: '' })} />
          </StepFrame>
          <StepFrame
            {...frame('key')}
            title="How they get in: a key"
            summary={key === null ? '' : `${key.name}, ${key.prefix}`}
          >
            {pool !== null && (
              <KeyStep
                progress={progress}
                pool={pool}
                onChosen={(id) => to('client', { key: id })}
                onFresh={(secret) => {
                  hold(secret)
                  to('client', { key: secret.key.id })
                }}
              />
            )}
          </StepFrame>
          <StepFrame {...frame('client')} title="Point a client at it" summary="">
            <Stack gap="sm">
              {fresh !== null && <FreshKey secret={fresh} onSaved={letGo} />}
              {fresh === null && (
                <Text c="dimmed">
                  The placeholder stands for the key’s secret, which is known only to whoever saved it when it was made.
                </Text>
              )}
              {key !== null && (
                <SnippetTabs
                  policy={key}
                  secret={fresh?.key.id === key.id ? fresh : null}
                  client={params.client}
                  onClient={(client) => setParams({ client }, { replace: true })}
                />
              )}
            </Stack>
          </StepFrame>
        </ol>
      </Stack>
      <div className={classes['live']}>
        <LiveRequest progress={progress} secret={fresh} />
      </div>
    </div>
  )
}

function upstreamSummary({ upstreams }: Progress): string {
  const names = upstreams.slice(0, 3).map(({ name }) => name)
  return upstreams.length > 3
    ? `${names.join(', ')} and ${formatNoun(upstreams.length - 3, 'more', 'more')}`
    : names.join(', ')
}

function poolSummary({ pool }: Progress): string {
  if (pool === null) return ''
  return `${pool.name}, ${formatNoun(pool.assignments.length, 'upstream')}`
}
