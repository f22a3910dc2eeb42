/** A price of a model, for every upstream or for one: what each part costs, and what a request would come to. */
import { Autocomplete, Button, Group, Modal, Select, Stack, Text, Textarea } from '@mantine/core'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { PriceRow } from '../../../shared/models/price.ts'
import { invoke, useRoute } from '../../lib/api.ts'
import { errorLine, type OperatorError } from '../../lib/operator-error.ts'
import { useAction } from '../../lib/use-action.tsx'
import { ExampleCost } from './example-cost.tsx'
import {
  isSameForm,
  MAX_NOTE,
  problemsOf,
  ratesOf,
  type FieldId,
  type PriceForm,
  type PriceStart,
} from './price-form.ts'
import { findPrice, ratesWords, sourceWords } from './price-rows.ts'
import { putBack } from './put-back.ts'
import { useUpstreamNames } from './queries.ts'
import { RateFields, type FieldProblems } from './rate-fields.tsx'
import { SpecialRates } from './special-rates.tsx'

export interface PriceDialogProps {
  /** Null: closed. */
  readonly start: PriceStart | null
  readonly rows: readonly PriceRow[]
  readonly onClose: () => void
}

export function PriceDialog({ start, rows, onClose }: PriceDialogProps) {
  return (
    <Modal opened={start !== null} onClose={onClose} closeOnClickOutside={false} size={720} title={start?.title ?? ''}>
      {start !== null && <Body start={start} rows={rows} onClose={onClose} />}
    </Modal>
  )
}

interface BodyProps extends Omit<PriceDialogProps, 'start'> {
  readonly start: PriceStart
}

function Body({ start, rows, onClose }: BodyProps) {
  const [form, setForm] = useState(start.form)
  const [left, setLeft] = useState<ReadonlySet<FieldId>>(new Set())
  const save = useSave(form, rows)
  const said = useRef<HTMLParagraphElement>(null)
  useEffect(() => said.current?.focus(), [save.error])

  const problems = problemsOf(form)
  const errorOf = (id: FieldId) => (left.has(id) ? (problems.find((each) => each.id === id)?.message ?? null) : null)
  const onLeave = (id: FieldId) => setLeft((before) => new Set([...before, id]))
  const before = findPrice(rows, { model: form.model.trim(), upstreamId: form.upstreamId })
  const counts = before ?? findPrice(rows, { model: form.model.trim(), upstreamId: null })
  const reason = problems[0]?.message ?? whyNotYet(start, form)
  const parts = { form, errorOf, onLeave, onChange: (patch: Partial<PriceForm>) => setForm({ ...form, ...patch }) }

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (reason === null) void save.run().then(onClose, () => {})
      }}
    >
      <Stack gap="sm">
        <Place {...parts} start={start} before={before} />
        <div>
          <Text size="xs" c="dimmed" mb={4}>
            Dollars per million tokens. A blank field costs what its grey words say.
          </Text>
          <RateFields
            label="Standard rates"
            part="standard"
            texts={form.rates}
            onChange={(rates) => parts.onChange({ rates })}
            errorOf={errorOf}
            onLeave={onLeave}
          />
        </div>
        <SpecialRates {...parts} />
        <NoteField {...parts} />
        <ExampleCost rates={ratesOf(form)} before={counts?.rates ?? null} />
        {save.error !== null && (
          <Text role="alert" c="var(--tone-bad)" ref={said} tabIndex={-1}>
            {errorLine(save.error)}
          </Text>
        )}
        <Group justify="flex-end" gap="xs">
          <Text size="xs" c="dimmed" flex={1} id="price-reason" aria-live="polite">
            {reason ?? 'It applies from now on. Past requests keep their cost.'}
          </Text>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={reason !== null} loading={save.isPending} aria-describedby="price-reason">
            Save price
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function whyNotYet({ upstream, form: first }: PriceStart, form: PriceForm): string | null {
  if (upstream === 'one' && form.upstreamId === null) return 'Choose an upstream.'
  return upstream === 'fixed' && isSameForm(form, first) ? 'Nothing is changed yet.' : null
}

interface Save {
  run(): Promise<void>
  readonly isPending: boolean
  readonly error: OperatorError | null
}

function useSave(form: PriceForm, rows: readonly PriceRow[]): Save {
  const slot = { model: form.model.trim(), upstreamId: form.upstreamId }
  const before = findPrice(rows, slot)
  const back = before === null ? () => invoke('price.remove', slot) : putBack(before)
  const set = useAction('price.set', {
    errorToast: false,
    success: ({ model }) => `Set the price of ${model}`,
    ...(back === null ? {} : { undo: back }),
  })
  return {
    async run() {
      const rates = ratesOf(form)
      if (rates !== null) await set.run({ ...slot, rates, note: form.note.trim() })
    },
    isPending: set.isPending,
    error: set.error,
  }
}

interface PartProps extends FieldProblems {
  readonly form: PriceForm
  readonly onChange: (patch: Partial<PriceForm>) => void
}

interface PlaceProps extends PartProps {
  readonly start: PriceStart
  readonly before: PriceRow | null
}

/** Which model and where; what of it is fixed stands in the title. */
function Place({ start, form, before, onChange, errorOf, onLeave }: PlaceProps) {
  const catalog = useRoute('model.catalog', {}).data
  const names = useUpstreamNames()
  const models = useMemo(() => [...new Set(catalog?.map(({ id }) => id))], [catalog])
  if (start.upstream === 'fixed') return null
  const isOne = start.upstream === 'one'
  return (
    <div>
      <Group gap="sm" align="flex-start">
        {!start.hasModel && (
          <Autocomplete
            id="price-model"
            data-autofocus
            label="Model"
            description="An id, or the beginning of ids and a “*”: gpt-5*"
            flex={1}
            limit={50}
            openOnFocus={false}
            spellCheck={false}
            data={models}
            value={form.model}
            error={errorOf('price-model')}
            onBlur={() => onLeave('price-model')}
            onChange={(model) => onChange({ model })}
          />
        )}
        <Select
          label="Upstream"
          description="A price for one upstream goes before the price for any."
          flex={1}
          allowDeselect={false}
          {...(isOne ? { 'data-autofocus': true, placeholder: 'Choose an upstream' } : {})}
          nothingFoundMessage="There is no upstream yet"
          data={[
            ...(isOne ? [] : [{ value: '', label: 'Any upstream' }]),
            ...[...names].map(([value, label]) => ({ value, label })),
          ]}
          value={form.upstreamId ?? (isOne ? null : '')}
          onChange={(id) => onChange({ upstreamId: id === null || id === '' ? null : id })}
        />
      </Group>
      {before !== null && (!isOne || form.upstreamId !== null) && (
        <Text size="xs" c="dimmed" mt={4}>
          {`Takes the place of the price in force (${sourceWords[before.source]}): ${ratesWords(before.rates)}.`}
        </Text>
      )}
    </div>
  )
}

function NoteField({ form, onChange, errorOf, onLeave }: PartProps) {
  return (
    <Textarea
      id="price-note"
      label="Note"
      placeholder="Where the price comes from: a contract, an address"
      autosize
      minRows={1}
      maxRows={4}
      maxLength={MAX_NOTE}
      value={form.note}
      error={errorOf('price-note')}
      onBlur={() => onLeave('price-note')}
      onChange={(event) => onChange({ note: event.currentTarget.value })}
    />
  )
}
