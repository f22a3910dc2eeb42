/** Rehearsals: what the simulator does to clients, changed at one click and taken back at another. */
import { Button, Collapse, Group, Text, Tooltip } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { DetailPart } from '../../components/detail-part.tsx'
import { invoke } from '../../lib/api.ts'
import { errorLine } from '../../lib/operator-error.ts'
import { useAction } from '../../lib/use-action.tsx'
import { SimulatorFields } from './simulator-fields.tsx'
import {
  behaviourForm,
  behaviourOf,
  behaviourProblems,
  behaviourSentence,
  isRehearsing,
  rehearsals,
  type Behaviour,
} from './simulator-form.ts'
import type { Upstream } from './upstream-rows.ts'
import classes from './detail.module.css'

interface DetailSimulatorProps {
  readonly upstream: Upstream
  readonly behaviour: Behaviour
}

export function DetailSimulator({ upstream, behaviour }: DetailSimulatorProps) {
  const [isEditing, setEditing] = useState(false)
  const update = useBehaviour(upstream, behaviour)
  return (
    <DetailPart
      title="Rehearsal"
      isWide
      end={
        <Button size="compact-xs" variant="default" aria-expanded={isEditing} onClick={() => setEditing(!isEditing)}>
          {isEditing ? 'Close the editor' : 'Edit behaviour'}
        </Button>
      }
    >
      <Text mb={6} aria-live="polite">
        {behaviourSentence(behaviour)}
      </Text>
      <Group gap={6} role="group" aria-label="Rehearsals">
        {rehearsals.map((rehearsal) => {
          const isOn = isRehearsing(behaviour, rehearsal)
          return (
            <Tooltip key={rehearsal.id} label={rehearsal.hint}>
              <Button
                size="compact-sm"
                variant={isOn ? 'filled' : 'default'}
                aria-pressed={isOn}
                onClick={() => update.fire({ id: upstream.id, patch: { simulator: rehearsal.patch } })}
              >
                {rehearsal.label}
              </Button>
            </Tooltip>
          )
        })}
      </Group>
      <Collapse expanded={isEditing}>
        {isEditing && <BehaviourEditor key={JSON.stringify(behaviour)} upstream={upstream} behaviour={behaviour} />}
      </Collapse>
    </DetailPart>
  )
}

/** Holds from the next request on; what it was before comes back by Undo. */
function useBehaviour(upstream: Upstream, before: Behaviour, errorToast = true) {
  return useAction('upstream.update', {
    errorToast,
    success: ({ simulator, name }) =>
      simulator === null ? `Saved ${name}` : `From the next request on: ${behaviourSentence(simulator)}`,
    undo: () => invoke('upstream.update', { id: upstream.id, patch: { simulator: before } }),
  })
}

function BehaviourEditor({ upstream, behaviour }: DetailSimulatorProps) {
  const [form, setForm] = useState(() => behaviourForm(behaviour))
  const update = useBehaviour(upstream, behaviour, false)
  const [problem] = behaviourProblems(form)
  const isSame = JSON.stringify(form) === JSON.stringify(behaviourForm(behaviour))
  const blockedBy = problem?.message ?? (isSame ? 'Nothing has changed.' : null)

  function submit(event: FormEvent): void {
    event.preventDefault()
    if (blockedBy === null) update.fire({ id: upstream.id, patch: { simulator: behaviourOf(form, behaviour) } })
  }

  return (
    <form className={classes['behaviour']} onSubmit={submit} noValidate aria-label="Behaviour of the simulator">
      <SimulatorFields form={form} onChange={(patch) => setForm((before) => ({ ...before, ...patch }))} />
      {update.error !== null && (
        <Text role="alert" c="var(--tone-bad)">
          {errorLine(update.error)}
        </Text>
      )}
      <Group gap="xs" mt="sm" justify="flex-end">
        <Text size="xs" c="dimmed" id="behaviour-reason" aria-live="polite">
          {blockedBy ?? ''}
        </Text>
        <Button
          type="submit"
          disabled={blockedBy !== null}
          loading={update.isPending}
          aria-describedby="behaviour-reason"
        >
          Apply
        </Button>
      </Group>
    </form>
  )
}
