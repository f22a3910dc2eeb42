/**
 * A form in steps. Each step says what is wrong with it; "Next" shows that and stays. The step is in the address, so that
 * "back" leads to the step before. Enter goes on, Alt with an arrow goes either way, and the focus follows to the heading.
 */
import { Anchor, Button, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useEffect, useRef, useState, type FormEvent, type KeyboardEvent, type Ref } from 'react'
import { errorLine, OperatorError } from '../lib/operator-error.ts'
import { textParam, useUrlState } from '../lib/url-state.ts'
import type { Problem, WizardStep } from './wizard-model.ts'
import { StepList } from './wizard-steps.tsx'

export interface WizardFrameProps {
  /** The last one is the review. */
  readonly steps: readonly WizardStep[]
  /** "Create key". */
  readonly submitLabel: string
  /** Rejections are shown above the buttons. */
  readonly onSubmit: () => Promise<unknown>
  readonly onCancel: () => void
  /** A reason beyond the steps' problems: "Nothing has changed." */
  readonly blockedBy?: string | null
  /** For an edit: it can be saved from every step, without walking through the rest. */
  readonly submitsEverywhere?: boolean
  /** "Next" was asked for: from now on the step's fields show what is wrong with them. */
  readonly onTry?: (stepId: string) => void
}

const params = { step: textParam() }

export function WizardFrame(props: WizardFrameProps) {
  const { steps, submitLabel, onSubmit, onCancel, blockedBy = null, submitsEverywhere = false, onTry } = props
  const [{ step: wanted }, setParams] = useUrlState(params)
  const open = steps.filter((step) => step.unavailable === undefined)
  const index = Math.max(
    0,
    open.findIndex((step) => step.id === wanted),
  )
  const step = open[index]
  const isLast = index === open.length - 1
  const [tried, setTried] = useState<ReadonlySet<string>>(new Set())
  const [isPending, setPending] = useState(false)
  const [error, setError] = useState<OperatorError | null>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const summary = useRef<HTMLDivElement>(null)
  const shown = useRef(step?.id)
  const said = useRef<HTMLParagraphElement>(null)
  // The button was out of reach meanwhile, which takes the focus from it.
  useEffect(() => said.current?.focus(), [error])

  useEffect(() => {
    if (shown.current === step?.id) return
    shown.current = step?.id
    heading.current?.focus()
  }, [step?.id])

  const wrong = open.find((each) => each.problems.length > 0)
  const reason = blockedBy ?? (wrong === undefined ? null : `${wrong.label}: ${wrong.problems[0]?.message ?? ''}`)
  const isShowingProblems = step !== undefined && tried.has(step.id) && step.problems.length > 0

  function goTo(target: number): void {
    const next = open[target]
    if (next === undefined) return
    setError(null)
    setParams({ step: target === 0 ? '' : next.id })
  }

  function goOn(): void {
    if (step === undefined || isLast) return
    setTried(new Set([...tried, step.id]))
    onTry?.(step.id)
    if (step.problems.length === 0) goTo(index + 1)
    else requestAnimationFrame(() => summary.current?.focus())
  }

  async function submit(): Promise<void> {
    if (reason !== null || isPending) return
    setPending(true)
    setError(null)
    try {
      await onSubmit()
    } catch (thrown) {
      setError(OperatorError.from(thrown))
    } finally {
      setPending(false)
    }
  }

  function onForm(event: FormEvent): void {
    event.preventDefault()
    if (isLast) void submit()
    else goOn()
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (!event.altKey || event.ctrlKey || event.metaKey) return
    if (event.key === 'ArrowRight') goOn()
    else if (event.key === 'ArrowLeft') goTo(index - 1)
    else return
    event.preventDefault()
  }

  return (
    // The keys belong to the form as a whole; every control in it is reachable without them.
    <form onSubmit={onForm} onKeyDown={onKeyDown} noValidate>
      <StepList
        steps={steps}
        currentId={step?.id ?? ''}
        tried={tried}
        onGo={(id) => goTo(open.findIndex((each) => each.id === id))}
      />
      <Paper p="md">
        <Stack gap="md">
          <Title order={2} ref={heading} tabIndex={-1}>
            {step?.label}
          </Title>
          {isShowingProblems && <ProblemSummary problems={step.problems} innerRef={summary} />}
          {step?.content}
        </Stack>
      </Paper>
      {error !== null && (
        <Text role="alert" mt="sm" c="var(--tone-bad)" ref={said} tabIndex={-1}>
          {errorLine(error)}
        </Text>
      )}
      <Group mt="md" gap="xs">
        <Button variant="default" onClick={onCancel}>
          Cancel
        </Button>
        <Text size="xs" c="dimmed" flex={1} ta="right" id="wizard-reason" aria-live="polite">
          {(isLast || submitsEverywhere) && reason !== null ? reason : ''}
        </Text>
        {index > 0 && (
          <Button variant="default" onClick={() => goTo(index - 1)}>
            Back
          </Button>
        )}
        {!isLast && (
          <Button type="submit" variant={submitsEverywhere ? 'default' : 'filled'}>
            Next
          </Button>
        )}
        {(isLast || submitsEverywhere) && (
          <Button
            type={isLast ? 'submit' : 'button'}
            disabled={reason !== null}
            loading={isPending}
            aria-describedby="wizard-reason"
            onClick={isLast ? undefined : () => void submit()}
          >
            {submitLabel}
          </Button>
        )}
      </Group>
    </form>
  )
}

interface ProblemSummaryProps {
  readonly problems: readonly Problem[]
  readonly innerRef: Ref<HTMLDivElement>
}

function ProblemSummary({ problems, innerRef }: ProblemSummaryProps) {
  return (
    <Paper p="sm" bg="var(--tone-bad-bg)" role="alert" ref={innerRef} tabIndex={-1}>
      <Text fw={600}>
        {problems.length === 1 ? 'One thing is to be corrected' : `${problems.length} things are to be corrected`}
      </Text>
      {problems.map(({ message, fieldId }) => (
        <Text key={message} c="var(--tone-bad)">
          {fieldId === undefined ? (
            message
          ) : (
            <Anchor
              component="button"
              type="button"
              inherit
              c="inherit"
              onClick={() => document.getElementById(fieldId)?.focus()}
            >
              {message}
            </Anchor>
          )}
        </Text>
      ))}
    </Paper>
  )
}
