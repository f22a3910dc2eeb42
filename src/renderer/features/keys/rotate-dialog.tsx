/** A new secret for a key, and how long the old one goes on opening beside it. */
import { Input, NumberInput, SegmentedControl, Text } from '@mantine/core'
import { useState } from 'react'
import type { KeyWithSecret, PoolKey } from '../../../shared/models/key.ts'
import { ConfirmDialog } from '../../components/dialogs.tsx'
import { useNow } from '../../lib/clock.ts'
import { formatTime, zoneOf } from '../../lib/format.ts'
import { useAction } from '../../lib/use-action.tsx'
import { graceChoices, graceMsOf, graceProblem, noGrace, type Grace } from './rotate-grace.ts'

export interface RotateDialogProps {
  readonly target: PoolKey | null
  readonly onClose: () => void
  readonly onRotated: (made: KeyWithSecret) => void
}

export function RotateDialog({ target, onClose, onRotated }: RotateDialogProps) {
  const [grace, setGrace] = useState(noGrace)
  const rotate = useAction('key.rotate', { errorToast: false })
  const close = () => {
    setGrace(noGrace)
    onClose()
  }
  return (
    <ConfirmDialog
      opened={target !== null}
      onClose={close}
      title={`Rotate ${target?.name ?? ''}?`}
      confirm="Rotate"
      danger={grace.choice === 'none'}
      blockedBy={graceProblem(grace)}
      onConfirm={async () => {
        if (target !== null) onRotated(await rotate.run({ id: target.id, graceMs: graceMsOf(grace) ?? 0 }))
      }}
    >
      <Text>The key gets a new secret, shown once. The prefix, the policy and the log stay.</Text>
      <GraceField grace={grace} onChange={setGrace} />
      <Meaning poolKey={target} graceMs={graceMsOf(grace)} />
    </ConfirmDialog>
  )
}

function GraceField({ grace, onChange }: { readonly grace: Grace; readonly onChange: (grace: Grace) => void }) {
  return (
    <>
      <Input.Wrapper label="The old secret stops working" labelElement="div">
        <SegmentedControl
          fullWidth
          mt={4}
          aria-label="The old secret stops working"
          value={grace.choice}
          data={graceChoices.map(({ value, label }) => ({ value, label }))}
          onChange={(next) => {
            const found = graceChoices.find(({ value }) => value === next)
            if (found !== undefined) onChange({ ...grace, choice: found.value })
          }}
        />
      </Input.Wrapper>
      {grace.choice === 'custom' && (
        <NumberInput
          label="After how many hours"
          w={230}
          min={1}
          max={168}
          suffix=" h"
          allowDecimal={false}
          allowNegative={false}
          clampBehavior="none"
          value={grace.typed}
          error={graceProblem(grace)}
          onChange={(typed) => onChange({ ...grace, typed })}
        />
      )}
    </>
  )
}

interface MeaningProps {
  readonly poolKey: PoolKey | null
  /** Null while what is typed is no span. */
  readonly graceMs: number | null
}

function Meaning({ poolKey, graceMs }: MeaningProps) {
  const now = useNow()
  const running = poolKey?.previous ?? null
  return (
    <>
      {graceMs === 0 && <Text>The old secret is refused from the next request on.</Text>}
      {graceMs !== null && graceMs > 0 && (
        <Text>{`Both secrets open until about ${whenOf(now + graceMs)}. Every answer to the old one tells its client so.`}</Text>
      )}
      {running !== null && running.until > now && (
        <Text c="var(--tone-warn)">
          {`A secret from before the last rotation still opens until ${whenOf(running.until)}. It is refused at once: only one old secret can be open.`}
        </Text>
      )}
    </>
  )
}

function whenOf(at: number): string {
  return `${formatTime(at, { seconds: false })}, ${zoneOf(at)}`
}
