/** Kind, name and notes, and the models that a provider does not list. */
import { Radio, SimpleGrid, TagsInput, Text, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { formatCount, formatNoun } from '../../lib/format.ts'
import { EditorSection } from './editor-section.tsx'
import type { EditorPartProps } from './editor-part-props.ts'
import { fieldIds, modelsProblem, nameProblem } from './upstream-form.ts'
import { kinds, type Upstream } from './upstream-rows.ts'
import { kindHints, kindWords } from './words.ts'
import classes from './editor.module.css'

interface KindFieldProps {
  readonly kind: Upstream['kind']
  readonly onKind: (kind: Upstream['kind']) => void
  readonly isFixed?: boolean
}

export function KindField({ kind, onKind, isFixed = false }: KindFieldProps) {
  return (
    <Radio.Group label="Kind" value={kind} onChange={(next) => onKind(kinds.find((each) => each === next) ?? 'openai')}>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" mt={4}>
        {kinds.map((each) => (
          <Radio.Card
            key={each}
            value={each}
            disabled={isFixed}
            className={classes['kind'] ?? ''}
            aria-label={kindWords[each]}
          >
            <Text fw={600}>{kindWords[each]}</Text>
            <Text size="xs" c="dimmed">
              {kindHints[each]}
            </Text>
          </Radio.Card>
        ))}
      </SimpleGrid>
    </Radio.Group>
  )
}

export function NameField({ form, change, upstream, refusals }: EditorPartProps) {
  const [isLeft, setLeft] = useState(false)
  return (
    <TextInput
      id={fieldIds.name}
      label="Name"
      description="Unique; capital letters make no difference. Clients do not see it."
      withAsterisk
      autoFocus={upstream === null}
      autoComplete="off"
      maxLength={80}
      value={form.name}
      error={refusals[fieldIds.name] ?? (isLeft ? nameProblem(form.name) : null)}
      onChange={(event) => {
        setLeft(true)
        change({ name: event.currentTarget.value })
      }}
    />
  )
}

export function NotesField({ form, change, refusals }: EditorPartProps) {
  return (
    <EditorSection title="Notes">
      <Textarea
        id={fieldIds.notes}
        aria-label="Notes"
        description={`For operators only. ${formatCount(Math.max(0, 2_000 - form.notes.length))} characters left.`}
        autosize
        minRows={2}
        maxRows={8}
        value={form.notes}
        error={
          form.notes.length > 2_000 ? 'The notes have at most 2,000 characters.' : (refusals[fieldIds.notes] ?? null)
        }
        onChange={(event) => change({ notes: event.currentTarget.value })}
      />
    </EditorSection>
  )
}

export function ModelsFields({
  form,
  change,
  refusals,
  listed,
}: EditorPartProps & { readonly listed: readonly string[] }) {
  return (
    <EditorSection title="Models">
      <TagsInput
        id={fieldIds.models}
        label="Further model ids"
        description={`${
          listed.length === 0
            ? 'The list of the provider is fetched by itself.'
            : `The provider lists ${formatNoun(listed.length, 'model')} itself.`
        } Add those that it serves without listing them; without any list, every id is passed on.`}
        placeholder={form.manualModels.length === 0 ? 'Type an id and press Enter' : ''}
        clearable
        clearButtonProps={{ 'aria-label': 'Remove all further model ids' }}
        splitChars={[',', ' ']}
        value={[...form.manualModels]}
        onChange={(manualModels) => change({ manualModels })}
        error={modelsProblem(form.manualModels) ?? refusals[fieldIds.models]}
      />
      <Twice form={form} listed={listed} />
    </EditorSection>
  )
}

function Twice({ form, listed }: { readonly form: EditorPartProps['form']; readonly listed: readonly string[] }) {
  const known = new Set(listed)
  const twice = form.manualModels.filter((id) => known.has(id))
  if (twice.length === 0) return null
  return (
    <Text size="xs" c="dimmed" role="status">
      {`Listed by the provider anyway: ${twice.join(', ')}.`}
    </Text>
  )
}
