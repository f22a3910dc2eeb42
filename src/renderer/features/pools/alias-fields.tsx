/** The Pool's own names for models: a row each, and for each what single upstreams call it where they call it otherwise. */
import { ActionIcon, Autocomplete, Button, Text } from '@mantine/core'
import { IconArrowRight, IconChevronRight, IconPlus, IconTrash } from '@tabler/icons-react'
import { useId, useState } from 'react'
import { aliasProblems, modelFieldIds, ownIdProblem, type AliasRow } from './model-form.ts'
import type { PoolForm, Upstream } from './pool-form.ts'
import type { StepProps } from './step-props.ts'
import classes from './wizard.module.css'
import ownClasses from './models.module.css'

interface AliasesProps extends Pick<StepProps, 'form' | 'change' | 'isTried' | 'upstreams'> {
  readonly known: readonly string[]
}

/** Those of the Pool, and any other that is named already. */
function upstreamsFor({ members }: PoolForm, { upstreams: own = [] }: AliasRow, all: readonly Upstream[]): Upstream[] {
  const ids = new Set([...members, ...own].map(({ upstreamId }) => upstreamId))
  return all.filter(({ id }) => ids.has(id))
}

export function Aliases({ form, change, known, isTried, upstreams }: AliasesProps) {
  const edit = (row: number, patch: Partial<AliasRow>) =>
    change({ aliases: form.aliases.map((each) => (each.row === row ? { ...each, ...patch } : each)) })
  const nextRow = Math.max(-1, ...form.aliases.map(({ row }) => row)) + 1
  return (
    <div role="group" aria-label="Aliases">
      <Text fw={600} size="xs">
        Aliases
      </Text>
      <Text c="dimmed" size="xs" mb={6}>
        Your own name for a model: a client that asks for it is served the model. It hides a real model of that id.
      </Text>
      {form.aliases.length > 0 && (
        <div className={classes['aliases']}>
          {form.aliases.map((each, index) => (
            <AliasFields
              key={each.row}
              each={each}
              number={index + 1}
              known={known}
              upstreams={upstreamsFor(form, each, upstreams)}
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
  readonly upstreams: readonly Upstream[]
  readonly problems: ReturnType<typeof aliasProblems>
  readonly isTried: boolean
  readonly onEdit: (patch: Partial<AliasRow>) => void
  readonly onRemove: () => void
}

function AliasFields(props: AliasFieldsProps) {
  const { each, number, known, upstreams, problems, isTried, onEdit, onRemove } = props
  const own = each.upstreams ?? []
  const isWrong = own.some(({ model }) => ownIdProblem(model) !== null)
  const [isWanted, setWanted] = useState(own.length > 0)
  const isOpen = isWanted || isWrong
  const panelId = useId()
  return (
    <>
      <Autocomplete
        id={modelFieldIds.alias(each.row)}
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
        id={modelFieldIds.model(each.row)}
        aria-label={`Model of alias ${number}`}
        placeholder="Sent upstream"
        data={[...known]}
        limit={50}
        maxLength={200}
        value={each.model}
        error={isTried || each.model !== '' ? problems.model : null}
        onChange={(model) => onEdit({ model })}
      />
      <ActionIcon
        mt={3}
        aria-label={`Ids of alias ${number} at single upstreams`}
        title="Ids at single upstreams"
        aria-expanded={isOpen}
        aria-controls={panelId}
        disabled={upstreams.length === 0}
        onClick={() => setWanted(!isOpen)}
      >
        <IconChevronRight className={ownClasses['turns'] ?? ''} data-opened={isOpen} size={15} aria-hidden />
      </ActionIcon>
      <ActionIcon mt={3} aria-label={`Remove alias ${number}`} onClick={onRemove}>
        <IconTrash size={15} aria-hidden />
      </ActionIcon>
      <div id={panelId} hidden={!isOpen || upstreams.length === 0} className={ownClasses['ownIds']}>
        {isOpen && <OwnIds each={each} upstreams={upstreams} onEdit={onEdit} />}
      </div>
    </>
  )
}

function OwnIds({ each, upstreams, onEdit }: Pick<AliasFieldsProps, 'each' | 'upstreams' | 'onEdit'>) {
  const own = each.upstreams ?? []
  const set = (upstreamId: string, model: string) => {
    const others = own.filter((row) => row.upstreamId !== upstreamId)
    onEdit({ upstreams: model === '' ? others : [...others, { upstreamId, model }] })
  }
  return upstreams.map(({ id, name, fetchedModels, manualModels }) => {
    const model = own.find((row) => row.upstreamId === id)?.model ?? ''
    return (
      <Autocomplete
        key={id}
        id={modelFieldIds.ownId(each.row, id)}
        label={`Its id at ${name}`}
        placeholder={each.model === '' ? 'As above' : each.model}
        data={[...new Set([...manualModels, ...fetchedModels])]}
        limit={50}
        maxLength={200}
        value={model}
        error={ownIdProblem(model)}
        onChange={(next) => set(id, next)}
      />
    )
  })
}
