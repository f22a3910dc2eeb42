import { Radio, Stack, TagsInput, Text } from '@mantine/core'
import { useMemo } from 'react'
import { useRoute } from '../../lib/api.ts'
import { Aliases } from './alias-fields.tsx'
import { aliasesOf, allowedProblem, withHidden, withMode } from './model-form.ts'
import { modelRows } from './model-rows.ts'
import { ModelTable } from './model-table.tsx'
import { fieldIds, type PoolForm, type Upstream } from './pool-form.ts'
import type { StepProps } from './step-props.ts'

export function ModelsStep({ form, change, upstreams, isTried }: StepProps) {
  const catalog = useRoute('model.catalog', {}).data
  const served = useMemo(() => servedModels(form, upstreams), [form, upstreams])
  const known = useMemo(() => [...new Set([...served.ids, ...(catalog?.map(({ id }) => id) ?? [])])], [served, catalog])
  const wrong = allowedProblem(form)
  return (
    <Stack gap="md" maw={720}>
      <Radio.Group
        label="Allowed models"
        description="Applies to every key of the Pool; a key may narrow it further."
        value={form.models}
        onChange={(next) => change({ models: next === 'selected' ? 'selected' : 'all' })}
      >
        <Stack gap={6} mt={6}>
          <Radio value="all" label="All that its upstreams serve" />
          <Radio value="selected" label="Only these" />
        </Stack>
      </Radio.Group>
      {form.models === 'selected' && (
        <TagsInput
          id={fieldIds.allowed}
          label="Models that may be asked for"
          description="Choose from what is known, or type an id and press Enter."
          data={known}
          limit={100}
          clearable
          splitChars={[',', ' ']}
          value={[...form.allowed]}
          onChange={(allowed) => change({ allowed })}
          error={isTried || form.allowed.length > 0 ? wrong : null}
        />
      )}
      <Unserved form={form} served={served} />
      <Aliases form={form} change={change} known={known} isTried={isTried} upstreams={upstreams} />
      <SingleModels form={form} change={change} upstreams={upstreams} />
    </Stack>
  )
}

interface Served {
  readonly ids: readonly string[]
  /** An upstream without a list takes any id, so nothing can be called unserved. */
  readonly isComplete: boolean
}

function chosenOf({ members }: PoolForm, upstreams: readonly Upstream[]): Upstream[] {
  return upstreams.filter(({ id }) => members.some((member) => member.upstreamId === id && member.enabled))
}

function servedModels(form: PoolForm, upstreams: readonly Upstream[]): Served {
  const chosen = chosenOf(form, upstreams)
  const lists = chosen.map(({ fetchedModels, manualModels }) => [...manualModels, ...fetchedModels])
  return { ids: [...new Set(lists.flat())], isComplete: chosen.length > 0 && lists.every((list) => list.length > 0) }
}

/** A warning and no fault: a model may come with an upstream that is added later. */
function Unserved({ form, served }: { readonly form: PoolForm; readonly served: Served }) {
  if (!served.isComplete) return null
  const ids = new Set(served.ids)
  const aliases = new Map(form.aliases.map(({ alias, model }) => [alias.trim(), model.trim()]))
  const allowed = form.models === 'all' ? [] : form.allowed.filter((id) => !ids.has(aliases.get(id) ?? id))
  const targets = aliasesOf(form).flatMap(({ model, upstreams = [] }) =>
    model === '' || [model, ...upstreams.map((own) => own.model)].some((id) => ids.has(id)) ? [] : [model],
  )
  const missing = [...new Set([...allowed, ...targets])]
  if (missing.length === 0) return null
  return (
    <Text c="var(--tone-warn)" role="status">
      {`No chosen upstream serves ${missing.join(', ')}. Requests for ${missing.length === 1 ? 'it' : 'them'} will be refused.`}
    </Text>
  )
}

function SingleModels({ form, change, upstreams }: Pick<StepProps, 'form' | 'change' | 'upstreams'>) {
  const rows = useMemo(() => {
    const marked = [...form.hidden, ...form.modes.map(({ model }) => model)]
    return modelRows(chosenOf(form, upstreams), aliasesOf(form), marked)
  }, [form, upstreams])
  return (
    <div role="group" aria-label="Model by model">
      <Text fw={600} size="xs">
        Model by model
      </Text>
      <Text c="dimmed" size="xs" mb={6}>
        Which models clients see in the list. One that is left out is still served to a client that asks for it by name.
      </Text>
      {rows.length === 0 ? (
        <Text c="dimmed">
          {form.members.length === 0
            ? 'Choose upstreams first: what they serve is listed here.'
            : 'The chosen upstreams have named no models yet.'}
        </Text>
      ) : (
        <ModelTable
          rows={rows}
          hidden={form.hidden}
          modes={form.modes}
          onHide={(id, isHidden) => change({ hidden: withHidden(form.hidden, id, isHidden) })}
          onMode={(id, mode) => change({ modes: withMode(form.modes, id, mode) })}
        />
      )}
    </div>
  )
}
