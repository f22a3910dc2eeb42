/** What a Pool does with many requests at once, and when none of its own upstreams may serve one. */
import { Anchor, NumberInput, Select, SimpleGrid, Switch, Text } from '@mantine/core'
import { Link } from 'react-router'
import { useRoute } from '../../lib/api.ts'
import { formatCount } from '../../lib/format.ts'
import { hasQueue, routingIds, routingProblem, type RoutingForm, type RoutingNumber } from './routing-form.ts'
import type { Pool } from './pool-rows.ts'
import { useUsualAttempts } from './queries.ts'
import type { StepProps } from './step-props.ts'
import classes from './routing.module.css'

export function RoutingFields({ form: { routing, strategy }, change, pool, refusals }: StepProps) {
  const usual = useUsualAttempts()
  const edit = (patch: Partial<RoutingForm>) => change({ routing: { ...routing, ...patch } })
  const field = (name: RoutingNumber) => ({
    name,
    value: routing[name],
    error: routingProblem(routing, name) ?? refusals.find((each) => each.fieldId === routingIds[name])?.message ?? null,
    onChange: (value: number | string) => edit({ [name]: value }),
  })
  return (
    <>
      {strategy !== 'spread' && (
        <Switch
          id={routingIds.sticky}
          label="Keep a session at its upstream"
          description="The next request of a session goes where the last one was answered, which has its prompt in its cache, as long as that upstream can serve it and no better priority can."
          checked={routing.sticky}
          onChange={(event) => edit({ sticky: event.currentTarget.checked })}
        />
      )}
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm" verticalSpacing="xs" className={classes['numbers'] ?? ''}>
        <OptionalNumber
          {...field('maxAttempts')}
          label="Upstreams per request"
          blank={usual === null ? 'the setting' : formatCount(usual)}
          hint={
            usual === null
              ? 'Tried at most. Blank: as the setting says.'
              : `Tried at most. Blank: ${formatCount(usual)}, by the setting.`
          }
        />
        <OptionalNumber
          {...field('maxConcurrent')}
          label="Requests at the same time"
          blank="any number"
          hint="Of all its keys together. Blank: any number."
        />
        <OptionalNumber
          {...field('queueLength')}
          label="Requests that may wait"
          blank="none"
          hint="Until there is a place, here or at an upstream with a bound. Blank: none."
        />
        {hasQueue(routing) && (
          <OptionalNumber
            {...field('queueWaitSeconds')}
            label="Longest wait, s"
            blank="10"
            decimals={3}
            hint="Then it is refused. Blank: 10 s."
          />
        )}
      </SimpleGrid>
      <FallbackField
        poolId={pool?.id ?? null}
        value={routing.fallbackPoolId}
        refused={refusals.find((each) => each.fieldId === routingIds.fallbackPoolId)?.message ?? null}
        onChange={(fallbackPoolId) => edit({ fallbackPoolId })}
      />
    </>
  )
}

interface OptionalNumberProps {
  readonly name: RoutingNumber
  readonly label: string
  readonly hint: string
  /** What stands in for nothing. */
  readonly blank: string
  readonly decimals?: number
  readonly value: number | string
  readonly error: string | null
  readonly onChange: (value: number | string) => void
}

function OptionalNumber({ name, label, hint, blank, decimals = 0, value, error, onChange }: OptionalNumberProps) {
  return (
    <NumberInput
      id={routingIds[name]}
      label={label}
      description={hint}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      placeholder={blank}
      allowDecimal={decimals > 0}
      decimalScale={decimals}
      allowNegative={false}
      clampBehavior="none"
      thousandSeparator=","
      value={value}
      error={error}
      onChange={onChange}
    />
  )
}

interface FallbackFieldProps {
  /** Null for a new Pool. */
  readonly poolId: string | null
  readonly value: string | null
  readonly refused: string | null
  readonly onChange: (poolId: string | null) => void
}

/** No id of a Pool. */
const NONE = 'none'

function FallbackField({ poolId, value, refused, onChange }: FallbackFieldProps) {
  const pools = useRoute('pool.list', {}).data
  const others = (pools ?? []).filter(({ id, status }) => id !== poolId && (status !== 'archived' || id === value))
  const isGone = pools !== undefined && value !== null && !others.some(({ id }) => id === value)
  return (
    <div>
      <Select
        id={routingIds.fallbackPoolId}
        label="Fallback Pool"
        description="Its upstreams come behind all of this Pool’s: for when none of these can serve, or those that were tried have failed. They count among the upstreams tried per request; keys, models and limits stay those of this Pool. One step only: the other Pool’s own fallback is not asked."
        classNames={{ wrapper: classes['fallback'] ?? '' }}
        inputWrapperOrder={['label', 'description', 'input', 'error']}
        searchable
        allowDeselect={false}
        nothingFoundMessage="No Pool fits"
        limit={100}
        data={[
          { value: NONE, label: 'none' },
          ...others.map(({ id, name, status }) => ({
            value: id,
            label: status === 'active' ? name : `${name} (${status})`,
          })),
          ...(isGone ? [{ value, label: 'A Pool that is gone' }] : []),
        ]}
        value={value ?? NONE}
        error={refused}
        // What is typed is to replace the name that stands there.
        onFocus={(event) => event.currentTarget.select()}
        onChange={(next) => onChange(next === NONE ? null : next)}
      />
      <FallbackWarning pool={others.find(({ id }) => id === value)} isGone={isGone} />
    </div>
  )
}

function FallbackWarning({ pool, isGone }: { readonly pool: Pool | undefined; readonly isGone: boolean }) {
  if (isGone) {
    return (
      <Text size="xs" c="var(--tone-warn)" mt={4} role="status">
        The Pool that was chosen is gone, so nothing falls back. Choose another, or none.
      </Text>
    )
  }
  if (pool === undefined) return null
  const wrong =
    pool.status !== 'active'
      ? `${pool.name} is ${pool.status}: nothing falls back to it until it is enabled.`
      : pool.assignments.every(({ enabled }) => !enabled)
        ? `${pool.name} has no upstream in use, so nothing can fall back to it.`
        : null
  if (wrong === null) return null
  return (
    <Text size="xs" c="var(--tone-warn)" mt={4} role="status">
      {wrong}{' '}
      <Anchor component={Link} to={`/pools/${pool.id}`} inherit c="inherit" underline="always">
        {`Open ${pool.name}`}
      </Anchor>
    </Text>
  )
}
