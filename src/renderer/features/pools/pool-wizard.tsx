/**
 * The five steps around one form. What the core refuses comes back to its field, and the wizard goes to the step that has it.
 */
import { useEffect, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import type { RouteOutput } from '../../../shared/contract.ts'
import { LeaveGuard } from '../../components/leave-guard.tsx'
import { holdSecret, type FreshSecret } from '../../components/secret/fresh-secret.ts'
import { SecretDialog } from '../../components/secret/secret-dialog.tsx'
import { WizardFrame } from '../../components/wizard-frame.tsx'
import { useRoute } from '../../lib/api.ts'
import { fieldErrors, OperatorError } from '../../lib/operator-error.ts'
import { toastError } from '../../lib/toast.tsx'
import { textParam, useUrlState } from '../../lib/url-state.ts'
import { useAction } from '../../lib/use-action.tsx'
import {
  draftOf,
  fieldIds,
  isChanged,
  patchOf,
  problemsOf,
  type PoolForm,
  type PoolStep,
  type Refusal,
  type Upstream,
} from './pool-form.ts'
import type { Pool } from './pool-rows.ts'
import { routingFieldId } from './routing-form.ts'
import { DetailsStep } from './step-details.tsx'
import { KeysStep } from './step-keys.tsx'
import { ModelsStep } from './step-models.tsx'
import { RoutingStep } from './step-routing.tsx'
import { UpstreamsStep } from './step-upstreams.tsx'

interface PoolWizardProps {
  readonly pool: Pool | null
  readonly initial: PoolForm
  readonly upstreams: readonly Upstream[]
}

const stepParams = { step: textParam() }
type KeyWithSecret = RouteOutput<'key.create'>

export function PoolWizard({ pool, initial: given, upstreams }: PoolWizardProps) {
  // The Pool as it was when the form was opened: later news of it must not overwrite what is typed.
  const [initial] = useState(given)
  const [form, setForm] = useState(initial)
  const [tried, setTried] = useState<ReadonlySet<string>>(new Set())
  const [refusals, setRefusals] = useState<readonly Refusal[]>([])
  const isSaved = useRef(false)
  const [, setStep] = useUrlState(stepParams)
  const navigate = useNavigate()
  const [fresh, setFresh] = useState<FreshSecret | null>(null)
  const [leaveTo, setLeaveTo] = useState<string | null>(null)
  const keys = useRoute('key.list', {}).data
  const save = useSave(pool)

  // The dialog holds every navigation off until it is gone, so this one waits for the next render.
  useEffect(() => {
    if (leaveTo !== null) void navigate(leaveTo)
  }, [leaveTo, navigate])

  const isDirty = isChanged(form, initial)
  const takenNames = new Set(keys?.map(({ name }) => name.toLowerCase()))
  const nameOf = (id: string) => upstreams.find((upstream) => upstream.id === id)?.name ?? id
  const problems = problemsOf(form, { nameOf, takenNames, refusals })
  const props = { form, initial, change, upstreams, pool, refusals, takenNames }
  const step = (id: PoolStep) => ({ ...props, isTried: tried.has(id) || refusals.some((each) => each.step === id) })

  function change(patch: Partial<PoolForm>): void {
    setForm((before) => ({ ...before, ...patch }))
    setRefusals([])
  }

  async function submit(): Promise<void> {
    try {
      const { saved, key } = await save(form, initial)
      isSaved.current = true
      if (key === null) void navigate(`/pools/${saved.id}`)
      else setFresh(holdSecret(key, 'created'))
    } catch (thrown) {
      const refused = refusalsOf(OperatorError.from(thrown), form)
      setRefusals(refused)
      if (refused[0] !== undefined) setStep({ step: refused[0].step === 'details' ? '' : refused[0].step })
      throw thrown
    }
  }

  return (
    <>
      {/* One guard at a time: the dialog of a fresh secret has its own. */}
      {fresh === null && <LeaveGuard isDirty={() => isDirty && !isSaved.current} />}
      <SecretDialog
        secret={fresh}
        onDone={({ key }) => {
          setFresh(null)
          setLeaveTo(`/pools/${key.poolId}`)
        }}
      />
      <WizardFrame
        submitLabel={pool === null ? 'Create Pool' : 'Save changes'}
        submitsEverywhere={pool !== null}
        blockedBy={pool !== null && !isDirty ? 'Nothing has changed.' : null}
        onSubmit={submit}
        onTry={(id) => setTried((before) => new Set([...before, id]))}
        onCancel={() => void navigate(pool === null ? '/pools' : `/pools/${pool.id}`)}
        steps={[
          {
            id: 'details',
            label: 'Details',
            problems: problems.details,
            content: <DetailsStep {...step('details')} />,
          },
          {
            id: 'routing',
            label: 'Routing',
            problems: problems.routing,
            content: <RoutingStep {...step('routing')} />,
          },
          {
            id: 'upstreams',
            label: 'Upstreams',
            problems: problems.upstreams,
            content: <UpstreamsStep {...step('upstreams')} />,
          },
          { id: 'keys', label: 'API keys', problems: problems.keys, content: <KeysStep {...step('keys')} /> },
          { id: 'models', label: 'Models', problems: problems.models, content: <ModelsStep {...step('models')} /> },
        ]}
      />
    </>
  )
}

/** Saves the Pool, and then makes the key that was asked for. A key that fails leaves a Pool behind, which is said. */
function useSave(pool: Pool | null) {
  const create = useAction('pool.create', { errorToast: false, success: (made) => `Created ${made.name}` })
  const update = useAction('pool.update', { errorToast: false, success: (after) => `Saved ${after.name}` })
  const addKey = useAction('key.create', { errorToast: false })
  return async (form: PoolForm, initial: PoolForm): Promise<{ saved: Pool; key: KeyWithSecret | null }> => {
    const patch = patchOf(form, initial)
    const saved =
      pool === null
        ? await create.run(draftOf(form))
        : Object.keys(patch).length === 0
          ? pool
          : await update.run({ id: pool.id, patch })
    if (!form.wantsKey) return { saved, key: null }
    try {
      return { saved, key: await addKey.run({ poolId: saved.id, name: form.keyName.trim() }) }
    } catch (thrown) {
      toastError(OperatorError.from(thrown))
      return { saved, key: null }
    }
  }
}

/** Which field the core meant. */
function refusalsOf(error: OperatorError, form: PoolForm): readonly Refusal[] {
  if (error.code === 'name_taken') return [{ step: 'details', fieldId: fieldIds.name, message: error.message }]
  return Object.entries(fieldErrors(error)).flatMap(([path, message]): Refusal[] => {
    const [field, index = ''] = path.split('.')
    const at = Number(index)
    if (field === 'name') return [{ step: 'details', fieldId: fieldIds.name, message }]
    if (field === 'notes') return [{ step: 'details', fieldId: fieldIds.notes, message }]
    if (field === 'routing') return [{ step: 'routing', fieldId: routingFieldId(index), message }]
    if (field === 'assignments')
      return [{ step: 'upstreams', fieldId: fieldIds.priority(form.members[at]?.upstreamId ?? ''), message }]
    if (field === 'allowedModels') return [{ step: 'models', fieldId: fieldIds.allowed, message }]
    if (field === 'aliases') return [{ step: 'models', fieldId: fieldIds.alias(form.aliases[at]?.row ?? 0), message }]
    return []
  })
}
