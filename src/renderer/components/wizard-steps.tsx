import { Tooltip, UnstyledButton } from '@mantine/core'
import { IconAlertCircle, IconCheck } from '@tabler/icons-react'
import type { WizardStep } from './wizard-model.ts'
import classes from './wizard-steps.module.css'

interface StepListProps {
  readonly steps: readonly WizardStep[]
  readonly currentId: string
  /** Steps that were left by "Next" at least once: their marks are shown. */
  readonly tried: ReadonlySet<string>
  readonly onGo: (id: string) => void
}

/** The steps by name, each with how it stands. Any of them can be gone to at once. */
export function StepList({ steps, currentId, tried, onGo }: StepListProps) {
  return (
    <nav aria-label="Steps">
      <ol className={classes['steps']}>
        {steps.map((step, at) => (
          <li key={step.id}>
            <Tooltip label={step.unavailable} disabled={step.unavailable === undefined}>
              <UnstyledButton
                type="button"
                className={classes['step']}
                data-current={step.id === currentId}
                aria-current={step.id === currentId ? 'step' : undefined}
                aria-disabled={step.unavailable !== undefined}
                onClick={() => {
                  if (step.unavailable === undefined) onGo(step.id)
                }}
              >
                <Mark step={step} at={at} isTried={tried.has(step.id)} />
                {step.label}
              </UnstyledButton>
            </Tooltip>
          </li>
        ))}
      </ol>
    </nav>
  )
}

function Mark({ step, at, isTried }: { step: WizardStep; at: number; isTried: boolean }) {
  if (isTried && step.problems.length > 0)
    return <IconAlertCircle size={15} role="img" aria-label="to be corrected:" color="var(--tone-bad)" />
  if (isTried) return <IconCheck size={15} role="img" aria-label="done:" color="var(--tone-ok)" />
  return <span className={classes['number']}>{at + 1}</span>
}
