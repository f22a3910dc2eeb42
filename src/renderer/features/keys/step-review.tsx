/** What the form comes to, before it is saved: asked of the core, which will hold the key to the same. */
import { Stack, Text, Title } from '@mantine/core'
import type { PolicyChange, PoolKey } from '../../../shared/models/key.ts'
import { FactList } from '../../components/facts.tsx'
import { LoadingState, QueryState } from '../../components/states.tsx'
import { formatNoun, formatTokens } from '../../lib/format.ts'
import { costOf, tokensOf } from './key-columns.tsx'
import { draftOf, patchOf } from './key-form.ts'
import { usageOf } from './key-rows.ts'
import { limitsOf, overridesOf } from './limit-form.ts'
import type { StepProps } from './step-props.ts'
import { PolicyView } from './policy-view.tsx'
import { ReviewLimits } from './review-limits.tsx'
import { useKeyFigures, useReview } from './queries.ts'
import classes from './keys.module.css'

export function ReviewStep(props: StepProps & { readonly isWrong: boolean }) {
  const { form, poolKey, isWrong } = props
  if (isWrong) return <Text c="dimmed">Correct what is marked in the steps before; then its effect is shown here.</Text>
  return (
    <Stack gap="md" maw={760}>
      <Effect form={form} poolKey={poolKey} />
      {poolKey === null ? (
        <NewFacts {...props} />
      ) : (
        <>
          <ReviewLimits
            poolKey={poolKey}
            next={{ limits: limitsOf(form.limits), limitOverrides: overridesOf(form.overrides) }}
          />
          <CurrentUsage poolKey={poolKey} />
        </>
      )}
    </Stack>
  )
}

function Effect({ form, poolKey }: Pick<StepProps, 'form' | 'poolKey'>) {
  const review = useReview(
    poolKey === null ? { draft: draftOf(form) } : { id: poolKey.id, patch: patchOf(form, poolKey) },
  )
  return (
    <QueryState query={review} what="The review" loading={<LoadingState rows={5} />}>
      {({ policy, changes }) => (
        <Stack gap="md">
          {changes.length > 0 && <Changes changes={changes} />}
          <section aria-labelledby="review-policy">
            <Title order={3} id="review-policy" mb={4}>
              {poolKey === null || changes.length > 0
                ? 'What the key will be able to do'
                : 'What the key is able to do'}
            </Title>
            <PolicyView policy={policy} withLimits />
          </section>
        </Stack>
      )}
    </QueryState>
  )
}

function Changes({ changes }: { readonly changes: readonly PolicyChange[] }) {
  return (
    <section aria-labelledby="review-changes">
      <Title order={3} id="review-changes" mb={4}>
        What changes
      </Title>
      <table className={classes['changes']} aria-labelledby="review-changes">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Now</th>
            <th scope="col">Then</th>
          </tr>
        </thead>
        <tbody>
          {changes.map(({ field, label, before, after }) => (
            <tr key={field}>
              <td>{label}</td>
              <td>
                <del>{before}</del>
              </td>
              <td>
                <ins>{after}</ins>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function NewFacts({ form, pools }: StepProps) {
  const pool = pools.find(({ id }) => id === form.poolId)
  return (
    <FactList
      label="The new key"
      facts={[
        { label: 'Name', value: form.name.trim() },
        { label: 'Pool', value: pool?.name ?? form.poolId },
        form.owner.trim() === '' ? null : { label: 'Owner', value: form.owner.trim() },
        form.notes.trim() === '' ? null : { label: 'Notes', value: form.notes },
        form.metadata.trim() === '' ? null : { label: 'Metadata', value: <code>{form.metadata}</code> },
      ]}
    />
  )
}

function CurrentUsage({ poolKey }: { readonly poolKey: PoolKey }) {
  const figures = useKeyFigures('30d')
  const usage = usageOf(figures.data, poolKey.id)
  if (usage === null) return null
  return (
    <FactList
      label="Current usage"
      facts={[
        {
          label: 'Usage, 30 days',
          value: `${formatNoun(usage.sums.requests, 'request')}, ${formatTokens(tokensOf(usage))}, ${costOf(usage)}`,
        },
      ]}
    />
  )
}
