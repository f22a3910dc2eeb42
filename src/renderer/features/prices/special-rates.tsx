/** The rates beside the standard ones: of long requests, and of service tiers. */
import { Button, Checkbox, Group, Stack, Text, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { FoldedPart } from '../../components/folded-part.tsx'
import {
  blankRates,
  MAX_TIERS,
  rateFields,
  rateId,
  tierLongPart,
  tierNameId,
  tierPart,
  type FieldId,
  type PriceForm,
  type RatePart,
  type RateTexts,
  type TierForm,
} from './price-form.ts'
import { RateFields, type FieldProblems } from './rate-fields.tsx'

export interface SpecialRatesProps extends FieldProblems {
  readonly form: PriceForm
  readonly onChange: (patch: Partial<PriceForm>) => void
}

/** What was just added is open; what was there is shut. */
export function SpecialRates(props: SpecialRatesProps) {
  const { form, onChange } = props
  const [added, setAdded] = useState<ReadonlySet<string>>(new Set())

  function add(part: string, patch: Partial<PriceForm>, focus: FieldId): void {
    setAdded(new Set([...added, part]))
    onChange(patch)
    requestAnimationFrame(() => document.getElementById(focus)?.focus())
  }

  return (
    <Stack gap="xs">
      {form.long !== null && <LongPart {...props} long={form.long} startsOpen={added.has('long')} />}
      {form.tiers.map((tier) => (
        <TierPart key={tier.rowId} {...props} tier={tier} startsOpen={added.has(tier.rowId)} />
      ))}
      <Group gap="xs">
        {form.long === null && (
          <AddButton
            label="Rates for long requests"
            onClick={() => add('long', { long: { above: '', rates: blankRates } }, 'price-long-above')}
          />
        )}
        <AddButton
          label="Rates of a service tier"
          disabled={form.tiers.length >= MAX_TIERS}
          onClick={() => {
            const rowId = freshRowId(form.tiers)
            const tier = { rowId, name: '', rates: blankRates, long: null }
            add(rowId, { tiers: [...form.tiers, tier] }, tierNameId(rowId))
          }}
        />
      </Group>
    </Stack>
  )
}

function AddButton(props: { readonly label: string; readonly disabled?: boolean; readonly onClick: () => void }) {
  const { label, disabled = false, onClick } = props
  return (
    <Button
      variant="default"
      size="compact-xs"
      leftSection={<IconPlus size={13} aria-hidden />}
      disabled={disabled}
      onClick={onClick}
    >
      {label}
    </Button>
  )
}

function freshRowId(tiers: readonly TierForm[]): string {
  for (let number = tiers.length; ; number++) {
    if (!tiers.some(({ rowId }) => rowId === `new${number}`)) return `new${number}`
  }
}

function hasError(part: RatePart, errorOf: FieldProblems['errorOf']): boolean {
  return rateFields.some((field) => errorOf(rateId(part, field)) !== null)
}

function summaryOf({ input, output }: RateTexts): string {
  return `input $${input.trim() || '…'}, output $${output.trim() || '…'}`
}

interface LongPartProps extends SpecialRatesProps {
  readonly long: NonNullable<PriceForm['long']>
  readonly startsOpen: boolean
}

function LongPart({ long, startsOpen, onChange, errorOf, onLeave }: LongPartProps) {
  const [isOpen, setOpen] = useState(startsOpen)
  // What is wrong must not hide.
  const isShown = isOpen || errorOf('price-long-above') !== null || hasError('long', errorOf)
  return (
    <FoldedPart
      label="Long requests"
      title="Long requests"
      summary={isShown ? null : `above ${long.above} input tokens: ${summaryOf(long.rates)}`}
      isOpen={isShown}
      onToggle={() => setOpen(!isShown)}
      removeLabel="Remove long requests"
      onRemove={() => onChange({ long: null })}
    >
      <Stack gap="xs">
        <TextInput
          id="price-long-above"
          label="Above this many input tokens"
          description="Cached ones included. The rates are then for the whole request."
          w={260}
          autoComplete="off"
          value={long.above}
          error={errorOf('price-long-above')}
          onBlur={() => onLeave('price-long-above')}
          onChange={(event) => onChange({ long: { ...long, above: event.currentTarget.value } })}
        />
        <RateFields
          label="Rates of long requests"
          part="long"
          texts={long.rates}
          onChange={(rates) => onChange({ long: { ...long, rates } })}
          errorOf={errorOf}
          onLeave={onLeave}
        />
      </Stack>
    </FoldedPart>
  )
}

interface TierPartProps extends SpecialRatesProps {
  readonly tier: TierForm
  readonly startsOpen: boolean
}

function TierPart({ tier, form, startsOpen, onChange, errorOf, onLeave }: TierPartProps) {
  const { rowId, name, rates, long } = tier
  const nameId = tierNameId(rowId)
  const title = name.trim() === '' ? 'A service tier' : `Tier ${name.trim()}`
  const change = (patch: Partial<TierForm>) =>
    onChange({ tiers: form.tiers.map((each) => (each.rowId === rowId ? { ...each, ...patch } : each)) })
  const [isOpen, setOpen] = useState(startsOpen)
  const isShown =
    isOpen || errorOf(nameId) !== null || hasError(tierPart(rowId), errorOf) || hasError(tierLongPart(rowId), errorOf)
  return (
    <FoldedPart
      label={title}
      title={title}
      summary={isShown ? null : summaryOf(rates)}
      isOpen={isShown}
      onToggle={() => setOpen(!isShown)}
      removeLabel={`Remove ${title.toLowerCase()}`}
      onRemove={() => onChange({ tiers: form.tiers.filter((each) => each.rowId !== rowId) })}
    >
      <Stack gap="xs">
        <TextInput
          id={nameId}
          label="Service tier"
          placeholder="flex"
          w={260}
          autoComplete="off"
          spellCheck={false}
          value={name}
          error={errorOf(nameId)}
          onBlur={() => onLeave(nameId)}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
        <RateFields
          label={`Rates of ${title}`}
          part={tierPart(rowId)}
          texts={rates}
          onChange={(next) => change({ rates: next })}
          errorOf={errorOf}
          onLeave={onLeave}
        />
        {form.long !== null && <TierLong tier={tier} onChange={change} errorOf={errorOf} onLeave={onLeave} />}
        {form.long === null && long !== null && (
          <Text size="xs" c="dimmed">
            Its rates for long requests count only where the price has a length for them.
          </Text>
        )}
      </Stack>
    </FoldedPart>
  )
}

interface TierLongProps extends FieldProblems {
  readonly tier: TierForm
  readonly onChange: (patch: Partial<TierForm>) => void
}

function TierLong({ tier, onChange, errorOf, onLeave }: TierLongProps) {
  return (
    <>
      <Checkbox
        label="Own rates for long requests"
        description="Without them each part pays the dearer of the tier’s and the standard long rate."
        checked={tier.long !== null}
        onChange={(event) => onChange({ long: event.currentTarget.checked ? blankRates : null })}
      />
      {tier.long !== null && (
        <RateFields
          label="Its rates of long requests"
          part={tierLongPart(tier.rowId)}
          texts={tier.long}
          onChange={(long) => onChange({ long })}
          errorOf={errorOf}
          onLeave={onLeave}
        />
      )}
    </>
  )
}
