import { ActionIcon, Autocomplete, Button, Radio, Stack, TagsInput, Text } from '@mantine/core'
import { IconArrowRight, IconPlus, IconTrash } from '@tabler/icons-react'
import { useMemo } from 'react'
import { useRoute } from '../../lib/api.ts'
import { aliasProblems, allowedProblem, fieldIds, type AliasRow, type PoolForm, type Upstream } from './pool-form.ts'
import type { StepProps } from './step-props.ts'
import classes from './wizard.module.css'

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
      <Aliases form={form} change={change} known={known} isTried={isTried} />
    </Stack>
  )
}

interface Served {
  readonly ids: readonly string[]
  /** An upstream without a list takes any id, so nothing can be called unserved. */
  readonly isComplete: boolean
}

function servedModels({ members }: PoolForm, upstreams: readonly Upstream[]): Served {
  const chosen = upstreams.filter(({ id }) => members.some((member) => member.upstreamId === id && member.enabled))
  const lists = chosen.map(({ fetchedModels, manualModels }) => [...manualModels, ...fetchedModels])
  return { ids: [...new Set(lists.flat())], isComplete: chosen.length > 0 && lists.every((list) => list.length > 0) }
}

/** A warning and no fault: a model may come with an upstream that is added later. */
function Unserved({ form, served }: { readonly form: PoolForm; readonly served: Served }) {
  if (!served.isComplete) return null
  const ids = new Set(served.ids)
  const aliases = new Map(form.aliases.map(({ alias, model }) => [alias.trim(), model.trim()]))
  const allowed = form.models === 'all' ? [] : form.allowed.filter((id) => !ids.has(aliases.get(id) ?? id))
  const targets = form.aliases.map(({ model }) => model.trim()).filter((model) => model !== '' && !ids.has(model))
  const missing = [...new Set([...allowed, ...targets])]
  if (missing.length === 0) return null
  return (
    <Text c="var(--tone-warn)" role="status">
      {`No chosen upstream serves ${missing.join(', ')}. Requests for ${missing.length === 1 ? 'it' : 'them'} will be refused.`}
    </Text>
  )
}

interface AliasesProps extends Pick<StepProps, 'form' | 'change' | 'isTried'> {
  readonly known: readonly string[]
}

function Aliases({ form, change, known, isTried }: AliasesProps) {
  const edit = (row: number, patch: Partial<AliasRow>) =>
    change({ aliases: form.aliases.map((each) => (each.row === row ? { ...each, ...patch } : each)) })
  const nextRow = Math.max(-1, ...form.aliases.map(({ row }) => row)) + 1
  return (
    <div role="group" aria-label="Aliases">
      <Text fw={500} size="xs">
        Aliases
      </Text>
      <Text c="dimmed" size="xs" mb={6}>
        A name of your own for a model: who asks for the alias is served the model. An alias spelled like a real id
        stands in its place.
      </Text>
      {form.aliases.length > 0 && (
        <div className={classes['aliases']}>
          {form.aliases.map((each, index) => (
            <AliasFields
              key={each.row}
              each={each}
              number={index + 1}
              known={known}
              problems={aliasProblems(form.aliases, each)}
              isTried={isTried}
              onEdit={(patch) => edit(each.row, patch)}
              onRemove={() => change({ aliases: form.aliases.filter(({ row }) => row !== each.row) })}
            />
          ))}
        </div>
      )}
      <Button
        mt="xs"
        variant="default"
        leftSection={<IconPlus size={14} aria-hidden />}
        onClick={() => change({ aliases: [...form.aliases, { row: nextRow, alias: '', model: '' }] })}
      >
        Add an alias
      </Button>
    </div>
  )
}

interface AliasFieldsProps {
  readonly each: AliasRow
  readonly number: number
  readonly known: readonly string[]
  readonly problems: ReturnType<typeof aliasProblems>
  readonly isTried: boolean
  readonly onEdit: (patch: Partial<AliasRow>) => void
  readonly onRemove: () => void
}

function AliasFields({ each, number, known, problems, isTried, onEdit, onRemove }: AliasFieldsProps) {
  return (
    <>
      <Autocomplete
        id={fieldIds.alias(each.row)}
        aria-label={`Alias ${number}`}
        placeholder="Asked for"
        data={[...known]}
        limit={50}
        maxLength={200}
        value={each.alias}
        error={isTried || each.alias !== '' ? problems.alias : null}
        onChange={(alias) => onEdit({ alias })}
      />
      <IconArrowRight className={classes['arrow'] ?? ''} size={16} role="img" aria-label="is served" />
      <Autocomplete
        id={fieldIds.model(each.row)}
        aria-label={`Model of alias ${number}`}
        placeholder="Sent upstream"
        data={[...known]}
        limit={50}
        maxLength={200}
        value={each.model}
        error={isTried || each.model !== '' ? problems.model : null}
        onChange={(model) => onEdit({ model })}
      />
      <ActionIcon mt={3} aria-label={`Remove alias ${number}`} onClick={onRemove}>
        <IconTrash size={15} aria-hidden />
      </ActionIcon>
    </>
  )
}
