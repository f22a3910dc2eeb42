/** What is known of one request, in the order in which one asks: how it ended, where it went, why there, what it cost, who asked. */
import { Anchor, Collapse, Group, Stack, Text, Title, UnstyledButton } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import { useId, useState, type ReactNode } from 'react'
import { Link } from 'react-router'
import type { RecordName, RequestDetail } from '../../../shared/models/request.ts'
import { CodeText } from '../../components/code-text.tsx'
import { CodeSnippet } from '../../components/copy.tsx'
import { FactList } from '../../components/facts.tsx'
import { Time } from '../../components/time.tsx'
import { formatMs } from '../../lib/format.ts'
import { nextStepOf } from '../../lib/operator-error.ts'
import { withParams } from '../../lib/url-state.ts'
import { AttemptTimeline } from './attempt-timeline.tsx'
import { CandidateTable } from './candidate-table.tsx'
import { ChargeTable } from './charge-table.tsx'
import classes from './request-details.module.css'
import { RecordLink } from './record-link.tsx'
import { TokenName } from './token-name.tsx'
import { UsageTable } from './usage-table.tsx'
import { clientWord, doctorRouteOf, errorMeaning, outcomes } from './words.ts'

export function RequestDetails({ detail }: { readonly detail: RequestDetail }) {
  return (
    <Stack gap="lg">
      <Section title="Outcome">
        <Outcome detail={detail} />
      </Section>
      <Section title="Attempts">
        <AttemptTimeline detail={detail} />
      </Section>
      <Section title="Why this upstream">
        <CandidateTable detail={detail} />
      </Section>
      <Section title="Usage and cost">
        <UsageTable detail={detail} />
      </Section>
      <Section title="Limits charged">
        <ChargeTable detail={detail} />
      </Section>
      <Section title="Request">
        <Origin detail={detail} />
      </Section>
      <Metadata detail={detail} />
    </Stack>
  )
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const id = useId()
  return (
    <section aria-labelledby={id}>
      <Title order={3} id={id} mb={6}>
        {title}
      </Title>
      {children}
    </section>
  )
}

function Outcome({ detail }: { readonly detail: RequestDetail }) {
  const { state, errorCode, status, at, firstByteMs, durationMs } = detail
  return (
    <Stack gap={6}>
      <Text>
        {outcomes[state]}
        {status !== null && ` The client saw HTTP ${status}${status === 499 ? ': it had gone' : ''}.`}
      </Text>
      {errorCode !== null && (
        <div className={classes['cause']} data-state={state}>
          <Text ff="monospace" size="xs" fw={600}>
            {errorCode}
          </Text>
          <Text>
            <CodeText text={errorMeaning(errorCode)} />
          </Text>
          <Text c="dimmed">
            <CodeText text={nextStepOf(errorCode)} />
          </Text>
          <Group gap="md">
            <Anchor component={Link} size="xs" to={withParams('/requests', { error: errorCode })}>
              All requests that ended so
            </Anchor>
            {state === 'refused' && <DoctorLink detail={detail} />}
          </Group>
        </div>
      )}
      <FactList
        label="Times"
        facts={[
          { label: 'Arrived', value: <Time at={at} absolute /> },
          state === 'open'
            ? null
            : { label: 'First byte', value: firstByteMs === null ? 'none was sent' : `after ${formatMs(firstByteMs)}` },
          state === 'open' ? null : { label: 'Ended', value: `after ${formatMs(durationMs)}` },
        ]}
      />
    </Stack>
  )
}

/** The same question, put to the key as it is now. */
function DoctorLink({ detail }: { readonly detail: RequestDetail }) {
  const { keyId, names, model, serviceTier, route, client, clientIp, reserved } = detail
  const asked = doctorRouteOf(route)
  if (names[keyId]?.isDeleted !== false || asked === null) return null
  const address = withParams(`/keys/${keyId}/doctor`, {
    ask: 1,
    model,
    route: asked,
    input: reserved.input > 0 ? reserved.input : null,
    output: reserved.output > 0 ? reserved.output : null,
    tier: serviceTier,
    address: clientIp,
    client,
  })
  return (
    <Anchor component={Link} size="xs" to={address}>
      Explain with the Doctor
    </Anchor>
  )
}

function Origin({ detail }: { readonly detail: RequestDetail }) {
  const { keyId, token, poolId, names, model, sentModel, effort, serviceTier, route, stream, client, clientIp } = detail
  const prefix = names[keyId]?.prefix ?? null
  return (
    <FactList
      label="Request"
      facts={[
        {
          label: 'Key',
          value: (
            <Only what="this key" params={{ key: keyId }}>
              <RecordLink kind="keys" id={keyId} name={names[keyId] ?? unknownName} />
              {prefix !== null && (
                <Text span size="xs" c="dimmed" ff="monospace">
                  {prefix}
                </Text>
              )}
            </Only>
          ),
        },
        token === null
          ? null
          : {
              label: 'Token',
              value: (
                <Only what="this token" params={{ key: keyId, token: token.id }}>
                  <TokenName keyId={keyId} token={token} isListed={names[keyId]?.isDeleted === false} />
                </Only>
              ),
            },
        {
          label: 'Pool',
          value: (
            <Only what="this Pool" params={{ pool: poolId }}>
              <RecordLink kind="pools" id={poolId} name={names[poolId] ?? unknownName} />
            </Only>
          ),
        },
        {
          label: 'Model',
          value:
            model === null ? (
              'none was named'
            ) : (
              <Only what="this model" params={{ model }}>
                <span>{sentModel === null ? model : `${model}, sent as ${sentModel}`}</span>
              </Only>
            ),
        },
        effort === null ? null : { label: 'Effort', value: effort },
        serviceTier === null ? null : { label: 'Service tier', value: serviceTier },
        { label: 'Route', value: `${route}, ${stream ? 'streamed' : 'answered whole'}` },
        {
          label: 'Client',
          value: (
            <Only what="this client address" params={{ ip: clientIp }}>
              <span>{`${clientWord(client)} at ${clientIp}`}</span>
            </Only>
          ),
        },
      ]}
    />
  )
}

const unknownName: RecordName = { name: null, prefix: null, isDeleted: true }

interface OnlyProps {
  readonly what: string
  readonly params: Readonly<Record<string, string>>
  readonly children: ReactNode
}

/** A value with the way to all requests that share it. */
function Only({ what, params, children }: OnlyProps) {
  return (
    <span className={classes['only']}>
      {children}
      <Anchor component={Link} size="xs" to={withParams('/requests', params)} aria-label={`Requests of ${what}`}>
        its requests
      </Anchor>
    </span>
  )
}

/** The whole entry as it is exported: what the page shows in words, and nothing else is kept. */
function Metadata({ detail }: { readonly detail: RequestDetail }) {
  const [opened, setOpened] = useState(false)
  const id = useId()
  return (
    <section>
      <UnstyledButton
        className={classes['disclosure']}
        aria-expanded={opened}
        aria-controls={id}
        onClick={() => setOpened(!opened)}
      >
        <IconChevronRight size={14} aria-hidden data-opened={opened} />
        Everything that is kept of it, as JSON
      </UnstyledButton>
      <Collapse expanded={opened} id={id}>
        <Text size="xs" c="dimmed" mb={4}>
          Metadata only: no content, header or credential of a request is ever stored.
        </Text>
        {opened && <CodeSnippet code={JSON.stringify(detail, null, 2)} what="request as JSON" />}
      </Collapse>
    </section>
  )
}
