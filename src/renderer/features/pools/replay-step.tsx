/** Before an edit of the routing is saved: what the last hour would have been with it. */
import { Text } from '@mantine/core'
import { draftOf, patchOf, problemsOf } from './pool-form.ts'
import { ReplayPanel } from './replay-panel.tsx'
import type { StepProps } from './step-props.ts'

const tried = ['strategy', 'routing', 'assignments', 'aliases', 'allowedModels'] as const

export function ReplayStep({ form, initial, pool, upstreams, takenNames }: StepProps) {
  if (pool === null) return null
  const nameOf = (id: string) => upstreams.find((upstream) => upstream.id === id)?.name ?? id
  const { routing, upstreams: members, models } = problemsOf(form, { nameOf, takenNames, refusals: [] })
  const isRight = routing.length + members.length + models.length === 0
  const patch = isRight ? patchOf(form, initial) : {}
  const changed = tried.filter((name) => patch[name] !== undefined)
  const draft = isRight ? pick(draftOf(form), changed) : {}
  const blockedBy = !isRight
    ? 'Correct the marked fields first.'
    : changed.length === 0
      ? 'Change the strategy, the upstreams or the models first.'
      : null
  return (
    <section aria-labelledby="pool-replay">
      <Text fw={550} id="pool-replay" mb={4}>
        What it would have changed
      </Text>
      <ReplayPanel poolId={pool.id} draft={draft} draftName="As edited" blockedBy={blockedBy} />
    </section>
  )
}

function pick<T extends object, K extends keyof T>(from: T, names: readonly K[]): Partial<Pick<T, K>> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Partial<Pick<T, K>>
}
