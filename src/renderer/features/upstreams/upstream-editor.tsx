/**
 * The form with its live check beside it. What is typed is checked before it is saved; a check that fails can be overruled.
 * Secrets live in this component alone and go with it.
 */
import { Paper } from '@mantine/core'
import { useEffect, useRef, useState, type FormEvent } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { LeaveGuard } from '../../components/leave-guard.tsx'
import { invoke } from '../../lib/api.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { AccountConnection } from './account-connection.tsx'
import { AddAccount } from './add-account.tsx'
import { ConcurrencyField } from './concurrency-field.tsx'
import { ConnectionFields } from './connection-fields.tsx'
import { EditorSide } from './editor-side.tsx'
import { KindField, ModelsFields, NameField, NotesField } from './editor-fields.tsx'
import { PoolsFields } from './pools-fields.tsx'
import { secretIds } from './secret-form.ts'
import { SimulatorFields } from './simulator-fields.tsx'
import {
  connectionProblems,
  draftOf,
  fieldIds,
  formProblems,
  isChanged,
  isConnectionChanged,
  newSecretOf,
  patchOf,
  type Pool,
  type UpstreamForm,
} from './upstream-form.ts'
import type { Upstream } from './upstream-rows.ts'
import { refusalsOf } from './upstream-refusals.ts'
import { useCheck, type CheckResult } from './use-check.ts'
import { useSaveUpstream } from './use-save-upstream.ts'
import classes from './editor.module.css'
import type { EditorPartProps } from './editor-part-props.ts'

export interface UpstreamEditorProps {
  readonly upstream: Upstream | null
  readonly initial: UpstreamForm
  readonly pools: readonly Pool[]
  readonly kind: Upstream['kind']
  readonly onKind?: (kind: Upstream['kind']) => void
}

const connectionFields: ReadonlySet<string> = new Set(['kind', 'baseUrl', 'proxyUrl', 'secret', 'keepsSecret'])

export function UpstreamEditor({ upstream, initial: given, pools, kind, onKind }: UpstreamEditorProps) {
  // The upstream as it was when the form was opened: later news of it must not overwrite what is typed.
  const [initial] = useState(given)
  const [typed, setForm] = useState(initial)
  const [refusals, setRefusals] = useState<Readonly<Record<string, string>>>({})
  const [error, setError] = useState<OperatorError | null>(null)
  const [isSaving, setSaving] = useState(false)
  const isSaved = useRef(false)
  const check = useCheck()
  const navigate = useNavigate()
  const save = useSaveUpstream(upstream)

  useScrollTo(useLocation().hash)
  // The kind is in the address, so that "add the simulator" can be linked to.
  const form = { ...typed, kind }
  const isDirty = isChanged({ ...form, kind: initial.kind }, initial)
  const wantsCheck = upstream === null ? kind !== 'simulator' : isConnectionChanged(form, initial)
  const nameOf = (id: string) => pools.find((pool) => pool.id === id)?.name ?? id
  const problems = formProblems(form, nameOf)

  function change(patch: Partial<UpstreamForm>): void {
    setForm((before) => ({ ...before, ...patch }))
    setRefusals({})
    setError(null)
    if (Object.keys(patch).some((name) => connectionFields.has(name))) check.clear()
  }

  function refuse(refused: Readonly<Record<string, string>>): void {
    setRefusals(refused)
    const [first] = Object.keys(refused)
    if (first !== undefined) requestAnimationFrame(() => document.getElementById(first)?.focus())
  }

  async function probe(): Promise<CheckResult> {
    try {
      if (upstream === null) return await invoke('upstream.probe', draftOf(form))
      const secret = newSecretOf(form, initial)
      const patch = patchOf(form, initial)
      return await invoke('upstream.probeEdit', { id: upstream.id, patch, ...(secret === undefined ? {} : { secret }) })
    } catch (thrown) {
      refuse(refusalsOf(OperatorError.from(thrown), form))
      throw thrown
    }
  }

  async function test(): Promise<boolean> {
    setRefusals({})
    const result = await check.run(probe)
    if (result === null || result.ok) return result?.ok === true
    const { field, message } = result
    if (field === 'secret' && form.keepsSecret) return false
    if (field !== null) refuse({ [field === 'secret' ? secretIds.apiKey : fieldIds[field]]: message })
    return false
  }

  async function store(): Promise<void> {
    setSaving(true)
    setError(null)
    try {
      const saved = await save(form, initial)
      isSaved.current = true
      void navigate(`/upstreams/${saved.id}`)
    } catch (thrown) {
      const known = OperatorError.from(thrown)
      refuse(refusalsOf(known, form))
      setError(known)
    } finally {
      setSaving(false)
    }
  }

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault()
    if (blockedBy !== null || check.isRunning || isSaving) return
    if (!wantsCheck || check.result?.ok === true || (await test())) await store()
  }

  const blockedBy = problems[0]?.message ?? (upstream !== null && !isDirty ? 'Nothing has changed.' : null)
  const part: EditorPartProps = { form, change, upstream, refusals }
  const choose = (next: Upstream['kind']) => {
    change({ kind: next })
    onKind?.(next)
  }
  // An account is added by signing in. What was typed for another kind stays for the way back.
  if (upstream === null && kind === 'chatgpt') return <AddAccount part={part} pools={pools} onKind={choose} />
  return (
    <form className={classes['editor']} onSubmit={(event) => void submit(event)} noValidate>
      <LeaveGuard isDirty={() => isDirty && !isSaved.current} />
      <Paper className={classes['main'] ?? ''}>
        {upstream === null && <KindField kind={kind} onKind={choose} />}
        <NameField {...part} />
        {kind === 'simulator' ? (
          <SimulatorFields
            form={form.simulator}
            onChange={(patch) => change({ simulator: { ...form.simulator, ...patch } })}
            refusals={refusals}
          />
        ) : (
          <>
            {kind === 'chatgpt' ? <AccountConnection {...part} /> : <ConnectionFields {...part} />}
            <ModelsFields
              {...part}
              listed={check.result?.ok === true ? check.result.models : (upstream?.fetchedModels ?? [])}
            />
          </>
        )}
        <ConcurrencyField {...part} />
        <PoolsFields {...part} pools={pools} />
        <NotesField {...part} />
      </Paper>
      <EditorSide
        kind={kind}
        isNew={upstream === null}
        memberCount={form.members.length}
        check={check}
        checkBlockedBy={connectionProblems(form)[0]?.message ?? null}
        onCheck={() => void test()}
        wantsCheck={wantsCheck}
        blockedBy={blockedBy}
        error={error}
        isSaving={isSaving}
        onSaveAnyway={() => void store()}
        onCancel={() => void navigate(upstream === null ? '/upstreams' : `/upstreams/${upstream.id}`)}
      />
    </form>
  )
}

/** "Change Pools" leads to `#pools`. */
function useScrollTo(hash: string): void {
  useEffect(() => {
    const part = hash === '' ? null : document.getElementById(hash.slice(1))
    part?.scrollIntoView({ block: 'start' })
  }, [hash])
}
