/** What the form comes to, in words, and for an edit what that changes. */
import { Text } from '@mantine/core'
import { FactList } from '../../components/facts.tsx'
import { routingOf, routingProblems } from './routing-form.ts'
import type { PoolForm } from './pool-form.ts'
import { useRoutingContext } from './queries.ts'
import { routingChanges, routingFacts, type RoutingPart } from './routing-words.ts'
import type { StepProps } from './step-props.ts'

const partOf = ({ strategy, routing }: PoolForm): RoutingPart => ({ strategy, routing: routingOf(routing) })

export function RoutingSummary({ form, initial, pool }: StepProps) {
  const context = useRoutingContext()
  if (routingProblems(form.routing).length > 0) {
    return <Text c="dimmed">Correct the marked fields to see what it comes to.</Text>
  }
  const facts = routingFacts(partOf(form), context)
  const changes = pool === null ? [] : routingChanges(routingFacts(partOf(initial), context), facts)
  return (
    <>
      <section aria-label="In words">
        <Text fw={550} mb={4}>
          In words
        </Text>
        <FactList facts={facts.map(({ label, value }) => ({ label, value }))} label="In words" />
      </section>
      {changes.length > 0 && (
        <section aria-label="What changes">
          <Text fw={550} mb={4}>
            What changes
          </Text>
          <FactList
            label="What changes"
            facts={changes.map(({ label, before, after }) => ({
              label,
              value: (
                <>
                  <del>{before}</del> → <ins>{after}</ins>
                </>
              ),
            }))}
          />
        </section>
      )}
    </>
  )
}
