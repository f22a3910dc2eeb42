/** How full each limit of a key is: its own first, then those of its rows for single models. */
import { Button, Stack, Text, Title } from '@mantine/core'
import { Link } from 'react-router'
import type { PoolKey } from '../../../shared/models/key.ts'
import type { Limits, LimitState } from '../../../shared/models/limit.ts'
import { LoadingState, QueryState } from '../../components/states.tsx'
import { useRoute } from '../../lib/api.ts'
import { useNow } from '../../lib/clock.ts'
import { BudgetActsProvider } from './budget-acts.tsx'
import { DeniedLimit, LimitBar } from './limit-bar.tsx'
import { limitsWords, limitWords, perRequestFields } from './limit-words.ts'
import classes from './limits.module.css'

/** Time alone changes these figures too, without any news of the core. */
const POLL_MS = 5_000

export function KeyLimits({ poolKey: key }: { readonly poolKey: PoolKey }) {
  const own = limitsWords(key.limits)
  const rows = key.limitOverrides.filter(({ limits }) => limitsWords(limits).length > 0)
  const hasNone = own.length === 0 && rows.length === 0
  return (
    <Stack gap="xs">
      <Title order={2}>Limits</Title>
      {hasNone ? (
        <NoLimits poolKey={key} />
      ) : (
        <BudgetActsProvider>
          <Bars poolKey={key} rows={rows} />
        </BudgetActsProvider>
      )}
    </Stack>
  )
}

function NoLimits({ poolKey: key }: { readonly poolKey: PoolKey }) {
  return (
    <div className={classes['none']}>
      <Text c="dimmed">No limits: this key may use all that its Pool serves.</Text>
      {key.status !== 'revoked' && (
        <Button component={Link} to={`/keys/${key.id}/edit?step=limits`} variant="default" size="compact-xs">
          Edit limits
        </Button>
      )}
    </div>
  )
}

function Bars({ poolKey: key, rows }: { readonly poolKey: PoolKey; readonly rows: PoolKey['limitOverrides'] }) {
  const usage = useRoute('key.usage', { id: key.id }, { refetchInterval: POLL_MS })
  return (
    <QueryState query={usage} what="The use of the limits" loading={<LoadingState rows={3} />}>
      {({ states }) => (
        <Stack gap="md">
          <LimitGroup
            poolKey={key}
            title={null}
            states={states.filter(({ overrideId }) => overrideId === null)}
            limits={key.limits}
          />
          {rows.map(({ id, model, limits }) => (
            <LimitGroup
              key={id ?? model}
              poolKey={key}
              title={model}
              states={states.filter(({ overrideId }) => overrideId !== null && overrideId === id)}
              limits={limits}
            />
          ))}
        </Stack>
      )}
    </QueryState>
  )
}

interface LimitGroupProps {
  readonly poolKey: PoolKey
  /** The row's model; null for the key's own. */
  readonly title: string | null
  readonly states: readonly LimitState[]
  readonly limits: Limits
}

function LimitGroup({ poolKey: key, title, states, limits }: LimitGroupProps) {
  const now = useNow()
  const perRequest = perRequestFields.flatMap((field) => {
    const value = limits[field]
    return value === null ? [] : [{ field, value }]
  })
  if (states.length === 0 && perRequest.length === 0) return null
  return (
    <section aria-label={title === null ? 'Limits of the key' : `Limits for ${title}`}>
      {title !== null && (
        <Title order={3} mb={4}>
          For {title}
        </Title>
      )}
      <div className={classes['bars']}>
        {states.map((state) => (
          <LimitBar key={state.field} poolKey={key} state={state} now={now} />
        ))}
        {perRequest.map(({ field, value }) =>
          value === 0 ? (
            <DeniedLimit key={field} field={field} />
          ) : (
            <div key={field}>{`At most ${limitWords(field, value)}`}</div>
          ),
        )}
      </div>
    </section>
  )
}
