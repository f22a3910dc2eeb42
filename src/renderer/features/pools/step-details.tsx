import { Stack, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { fieldIds, nameProblem } from './pool-form.ts'
import type { StepProps } from './step-props.ts'

export function DetailsStep({ form, change, isTried, refusals }: StepProps) {
  const [isNameLeft, setNameLeft] = useState(false)
  const refused = refusals.find((each) => each.fieldId === fieldIds.name)?.message
  const wrong = isTried || isNameLeft ? nameProblem(form.name, 'Pool') : null
  return (
    <Stack gap="sm" maw={560}>
      <TextInput
        id={fieldIds.name}
        label="Name"
        description="Unique; capital letters make no difference. Clients do not see it."
        withAsterisk
        data-autofocus
        autoFocus
        maxLength={80}
        value={form.name}
        error={refused ?? wrong}
        onBlur={() => setNameLeft(form.name !== '')}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <Textarea
        id={fieldIds.notes}
        label="Notes"
        description={`For operators only. ${(2_000 - form.notes.length).toLocaleString('en-US')} characters left.`}
        autosize
        minRows={3}
        maxRows={10}
        value={form.notes}
        error={form.notes.length > 2_000 ? 'The notes have at most 2,000 characters.' : null}
        onChange={(event) => change({ notes: event.currentTarget.value })}
      />
    </Stack>
  )
}
