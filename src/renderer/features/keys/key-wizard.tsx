/**
 * The four steps around one form. What the core refuses comes back to its field, and the wizard goes to the step that has
 * it.
 */
import { useEffect, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import type { PoolKey } from '../../../shared/models/key.ts'
import type { Pool } from '../../../shared/models/pool.ts'
import { LeaveGuard } from '../../components/leave-guard.tsx'
import { holdSecret, type FreshSecret } from '../../components/secret/fresh-secret.ts'
import { SecretDialog } from '../../components/secret/secret-dialog.tsx'
import { WizardFrame } from '../../components/wizard-frame.tsx'
import { invoke, useRoute } from '../../lib/api.ts'
import { useNow } from '../../lib/clock.ts'
import { fieldErrors, OperatorError } from '../../lib/operator-error.ts'
import { textParam, useUrlState } from '../../lib/url-state.ts'
import { useAction } from '../../lib/use-action.tsx'
import { draftOf, inverseOf, patchOf, type KeyForm } from './key-form.ts'
import { problemsOf, refusedFields, type FieldId, type FieldProblem, type StepId } from './key-problems.ts'
import { BasicsStep } from './step-basics.tsx'
import { LimitsStep } from './step-limits.tsx'
import { ModelsStep } from './step-models.tsx'
import { ReviewStep } from './step-review.tsx'
import type { StepProps } from './step-props.ts'

export interface KeyWizardProps {
  readonly poolKey: PoolKey | null
  readonly initial: KeyForm
  readonly pools: readonly Pool[]
}

const stepParams = { step: textParam() }

export function KeyWizard({ poolKey: given, initial: filled, pools }: KeyWizardProps) {
  // The key as it was when the form was opened: later news of it must not overwrite what is typed.
  const [[key, initial]] = useState([given, filled] as const)
  const [form, setForm] = useState(initial)
  const [fresh, setFresh] = useState<FreshSecret | null>(null)
  const [leaveTo, setLeaveTo] = useState<string | null>(null)
  const isSaved = useRef(false)
  const navigate = useNavigate()
  const checks = useChecks(form, key)
  const save = useSave(key)

  // The dialog holds every navigation off until it is gone, so this one waits for the next render.
  useEffect(() => {
    if (leaveTo !== null) void navigate(leaveTo)
  }, [leaveTo, navigate])

  function change(patch: Partial<KeyForm>): void {
    setForm((before) => ({ ...before, ...patch }))
    checks.clearRefusals()
  }

  async function submit(): Promise<void> {
    try {
      const made = await save(form)
      isSaved.current = true
      if (made === null) void navigate(`/keys/${key?.id ?? ''}`)
      else setFresh(holdSecret(made, 'created'))
    } catch (thrown) {
      checks.refuse(OperatorError.from(thrown))
      throw thrown
    }
  }

  const isDirty = JSON.stringify(form) !== JSON.stringify(initial)
  const isWrong = checks.problems.length > 0
  const patch = key === null || isWrong ? null : patchOf(form, key)
  const isUnchanged = patch !== null && Object.keys(patch).length === 0
  const props: StepProps = { form, change, errorOf: checks.errorOf, onLeave: checks.leave, pools, poolKey: key }
  const step = (id: StepId) => ({ id, problems: checks.problems.filter((problem) => problem.step === id) })
  return (
    <>
      {/* One guard at a time: the dialog of a fresh secret has its own. */}
      {fresh === null && <LeaveGuard isDirty={() => isDirty && !isSaved.current} />}
      <SecretDialog
        secret={fresh}
        onDone={(secret) => {
          setFresh(null)
          setLeaveTo(`/keys/${secret.key.id}`)
        }}
      />
      <WizardFrame
        submitLabel={key === null ? 'Create key' : 'Save changes'}
        blockedBy={isUnchanged ? 'Nothing has changed.' : null}
        onSubmit={submit}
        onTry={(id) => checks.tryStep(id)}
        onCancel={() => void navigate(key === null ? '/keys' : `/keys/${key.id}`)}
        steps={[
          { ...step('basics'), label: 'Basics', content: <BasicsStep {...props} /> },
          { ...step('models'), label: 'Models', content: <ModelsStep {...props} /> },
          { ...step('limits'), label: 'Limits', content: <LimitsStep {...props} /> },
          { ...step('review'), label: 'Review', content: <ReviewStep {...props} isWrong={isWrong} /> },
        ]}
      />
    </>
  )
}

/** What is wrong, by our own look and by the core's, and at which fields it is time to say so. */
function useChecks(form: KeyForm, key: PoolKey | null) {
  const [tried, setTried] = useState<ReadonlySet<string>>(new Set())
  const [refused, setRefused] = useState<readonly FieldProblem[]>([])
  const [, setStep] = useUrlState(stepParams)
  const keys = useRoute('key.list', {}).data ?? []
  const now = useNow()
  const siblings = keys.filter(({ id, poolId }) => poolId === form.poolId && id !== key?.id).map(({ name }) => name)
  const own = problemsOf(form, { now, siblings })
  const problems = [...own, ...refused]
  const add = (name: string) => setTried((before) => new Set([...before, name]))
  return {
    problems,
    errorOf(fieldId: FieldId): string | null {
      const found = problems.find((problem) => problem.fieldId === fieldId)
      if (found === undefined) return null
      const isShown = refused.includes(found) || tried.has(fieldId) || tried.has(found.step)
      return isShown ? (found.inline ?? found.message) : null
    },
    leave: (fieldId: FieldId) => add(fieldId),
    tryStep: (step: string) => add(step),
    clearRefusals: () => setRefused([]),
    refuse(error: OperatorError): void {
      const fields =
        error.code === 'name_taken'
          ? [{ fieldId: 'key-name', step: 'basics', message: error.message } as const]
          : refusedFields(fieldErrors(error))
      setRefused(fields)
      const [first] = fields
      if (first !== undefined) setStep({ step: first.step === 'basics' ? '' : first.step })
    },
  }
}

/** Resolves with the new key and its secret, and with null after an edit. */
function useSave(key: PoolKey | null) {
  const create = useAction('key.create', { errorToast: false })
  const update = useAction('key.update', {
    errorToast: false,
    success: ({ name }) => `Saved ${name}`,
    undo: ({ id }, { patch }) =>
      key === null ? Promise.resolve() : invoke('key.update', { id, patch: inverseOf(patch, key) }),
  })
  return async (form: KeyForm) => {
    if (key === null) return create.run(draftOf(form))
    await update.run({ id: key.id, patch: patchOf(form, key) })
    return null
  }
}
