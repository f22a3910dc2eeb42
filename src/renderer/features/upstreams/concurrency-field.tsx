/** How much it may be asked at once: a small server chokes before it refuses. */
import { NumberInput } from '@mantine/core'
import { EditorSection } from './editor-section.tsx'
import type { EditorPartProps } from './editor-part-props.ts'
import { concurrencyProblem, fieldIds } from './upstream-form.ts'

export function ConcurrencyField({ form, change, refusals }: EditorPartProps) {
  return (
    <EditorSection title="Load">
      <NumberInput
        id={fieldIds.maxConcurrent}
        label="Requests at the same time"
        description="In all Pools together. A further request goes to another upstream, or waits where its Pool lets it. Blank: any number."
        placeholder="any number"
        maw={420}
        allowDecimal={false}
        allowNegative={false}
        clampBehavior="none"
        thousandSeparator=","
        value={form.maxConcurrent}
        error={concurrencyProblem(form) ?? refusals[fieldIds.maxConcurrent]}
        onChange={(maxConcurrent) => change({ maxConcurrent })}
      />
    </EditorSection>
  )
}
