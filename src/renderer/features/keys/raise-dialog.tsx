/** More of a budget until a moment: how much, until when, and what that comes to. */
import { Input, SegmentedControl, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { PoolKey } from '../../../shared/models/key.ts'
import type { BudgetField, LimitState } from '../../../shared/models/limit.ts'
import { ConfirmDialog } from '../../components/dialogs.tsx'
import { invoke, useRoute } from '../../lib/api.ts'
import { useNow } from '../../lib/clock.ts'
import { formatTime, zoneOf } from '../../lib/format.ts'
import { useAction } from '../../lib/use-action.tsx'
import { formatAmount, limitNames, limitPhrase, limitWords } from './limit-words.ts'
import {
  amountOf,
  amountProblem,
  emptyRaise,
  ownLimit,
  untilOf,
  untilOptions,
  untilProblem,
  type RaiseForm,
  type RaiseWorld,
} from './raise-form.ts'

export interface RaiseTarget {
  readonly key: PoolKey
  readonly state: LimitState & { readonly field: BudgetField }
}

export interface RaiseDialogProps {
  readonly target: RaiseTarget | null
  readonly onClose: () => void
}

const machineZone = new Intl.DateTimeFormat().resolvedOptions().timeZone

export function RaiseDialog({ target, onClose }: RaiseDialogProps) {
  const [form, setForm] = useState(emptyRaise)
  const zone = useRoute('key.spend', { id: target?.key.id ?? '' }, { enabled: target !== null }).data?.zone
  const now = useNow()
  const raise = useRaise(target)
  const close = () => {
    setForm(emptyRaise)
    onClose()
  }
  const world = target === null ? null : { state: target.state, now, zone: zone ?? machineZone }
  return (
    <ConfirmDialog
      opened={target !== null}
      onClose={close}
      title={target === null ? '' : `Raise the ${limitPhrase(target.state)} of ${target.key.name} for a while`}
      confirm="Raise"
      blockedBy={world === null ? null : (amountProblem(form, world) ?? untilProblem(form, world))}
      onConfirm={async () => {
        if (world === null) return
        const at = { ...world, now: Date.now() }
        await raise(amountOf(form, at) ?? 0, untilOf(form, at) ?? 0)
      }}
    >
      {world !== null && target !== null && (
        <>
          <Fields form={form} world={world} onChange={setForm} />
          <Meaning form={form} world={world} target={target} />
        </>
      )}
    </ConfirmDialog>
  )
}

/** Taken back to the raise there was before, or to none. */
function useRaise(target: RaiseTarget | null): (addNanos: number, until: number) => Promise<void> {
  const key = target?.key
  const limit = { overrideId: target?.state.overrideId ?? null, field: target?.state.field ?? 'budgetTotal' }
  const before = key?.raises.find((each) => each.field === limit.field && each.overrideId === limit.overrideId)
  const action = useAction('key.raiseBudget', {
    errorToast: false,
    success: ({ name }, { addNanos, until, field }) =>
      `Raised the ${limitPhrase({ field, model: target?.state.model ?? null })} of ${name} by ${formatAmount(field, addNanos)} until ${formatTime(until, { seconds: false })}`,
    undo: ({ id }) =>
      before === undefined || before.until <= Date.now()
        ? invoke('key.endRaise', { id, ...limit })
        : invoke('key.raiseBudget', { id, ...limit, addNanos: before.addNanos, until: before.until }),
  })
  return async (addNanos, until) => {
    if (key !== undefined) await action.run({ id: key.id, ...limit, addNanos, until })
  }
}

interface FieldsProps {
  readonly form: RaiseForm
  readonly world: RaiseWorld
  readonly onChange: (form: RaiseForm) => void
}

function Fields({ form, world, onChange }: FieldsProps) {
  const options = untilOptions(world.state)
  return (
    <>
      <TextInput
        data-autofocus
        label="By how much"
        description="US dollars, on top of the budget"
        w={230}
        leftSection="$"
        leftSectionWidth={22}
        placeholder="5.00"
        autoComplete="off"
        spellCheck={false}
        value={form.amount}
        error={form.amount.trim() === '' ? null : amountProblem(form, world)}
        onChange={(event) => onChange({ ...form, amount: event.currentTarget.value })}
      />
      <Input.Wrapper label="Until" labelElement="div">
        <SegmentedControl
          fullWidth
          mt={4}
          aria-label="Until"
          value={form.until}
          data={options}
          onChange={(next) => {
            const found = options.find(({ value }) => value === next)
            if (found !== undefined) onChange({ ...form, until: found.value })
          }}
        />
      </Input.Wrapper>
      {form.until === 'custom' && (
        <TextInput
          type="datetime-local"
          label="Date and time"
          w={230}
          value={form.typed}
          error={form.typed === '' ? null : untilProblem(form, world)}
          onChange={(event) => onChange({ ...form, typed: event.currentTarget.value })}
        />
      )}
    </>
  )
}

/** The limit now and then, until when, and what it takes the place of. */
function Meaning({ form, world, target }: Omit<FieldsProps, 'onChange'> & { readonly target: RaiseTarget }) {
  const { field, limit, used, raisedBy, raisedUntil } = target.state
  const add = amountOf(form, world)
  const then = `${formatAmount(field, ownLimit(target.state) + (add ?? 0))} ${limitNames[field].behind}`
  const until = untilProblem(form, world) === null ? untilOf(form, world) : null
  return (
    <div role="group" aria-label="What that comes to">
      <Text>
        {`Now ${limitWords(field, limit)}, of which ${formatAmount(field, used)} is used.`}
        {add !== null && until !== null && (
          <>
            {' Then '}
            <b style={{ whiteSpace: 'nowrap' }}>{`${formatAmount(field, limit)} → ${then}`}</b>
            {` until ${whenOf(until)}.`}
          </>
        )}
      </Text>
      {raisedUntil !== null && (
        <Text c="var(--tone-warn)">
          {`In place of the raise by ${formatAmount(field, raisedBy)} until ${whenOf(raisedUntil)}.`}
        </Text>
      )}
    </div>
  )
}

function whenOf(at: number): string {
  return `${formatTime(at, { seconds: false })}, ${zoneOf(at)}`
}
