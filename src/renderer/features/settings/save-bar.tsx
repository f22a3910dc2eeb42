/** At the foot of the page while something is typed and not saved: how much, what is wrong, review, save, discard. */
import { Anchor, Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { Tag } from '../../components/status-badge.tsx'
import { formatNoun } from '../../lib/format.ts'
import classes from './settings.module.css'
import type { SettingForm, SettingKey } from './use-setting-form.ts'
import { valueText } from './value-text.ts'

export interface SaveBarProps {
  readonly form: SettingForm
  /** Goes to a field that may be on another tab. */
  readonly onShow: (key: SettingKey) => void
}

export function SaveBar({ form, onShow }: SaveBarProps) {
  const [isReviewing, setReviewing] = useState(false)
  const [firstProblem] = form.problems
  const isBlocked = firstProblem !== undefined
  return (
    <>
      {form.isDirty && (
        <section className={classes['bar']} aria-label="Unsaved changes">
          <div className={classes['said']} aria-live="polite">
            <Text fw={550}>{unsavedWords(form)}</Text>
            {isBlocked && <Problem form={form} of={firstProblem} onShow={onShow} />}
          </div>
          <Button variant="subtle" onClick={form.discard}>
            Discard
          </Button>
          <Button variant="default" disabled={form.changes.length === 0} onClick={() => setReviewing(true)}>
            Review
          </Button>
          <Button
            disabled={isBlocked}
            loading={form.isSaving}
            aria-describedby={isBlocked ? 'save-reason' : undefined}
            onClick={() => void form.save()}
          >
            Save
          </Button>
        </section>
      )}
      <ReviewDialog form={form} opened={isReviewing && form.isDirty} onClose={() => setReviewing(false)} />
    </>
  )
}

function unsavedWords({ changes, problems }: SettingForm): string {
  const keys = new Set([...changes.map(({ row }) => row.key), ...problems.keys()])
  return formatNoun(keys.size, 'unsaved change')
}

interface ProblemProps extends SaveBarProps {
  readonly of: readonly [SettingKey, string]
}

function Problem({ form, of: [key, problem], onShow }: ProblemProps) {
  const title = form.rows.find((row) => row.key === key)?.title ?? key
  return (
    <Text size="xs" c="var(--tone-bad)" id="save-reason">
      <Anchor component="button" type="button" inherit onClick={() => onShow(key)}>
        {title}
      </Anchor>
      {`: ${problem}.`}
    </Text>
  )
}

interface ReviewDialogProps {
  readonly form: SettingForm
  readonly opened: boolean
  readonly onClose: () => void
}

function ReviewDialog({ form, opened, onClose }: ReviewDialogProps) {
  const isBlocked = form.problems.size > 0
  return (
    <Modal opened={opened} onClose={onClose} title={`Save ${formatNoun(form.changes.length, 'change')}?`} size={720}>
      <Stack gap="sm">
        <table className={classes['table']} aria-label="What will change">
          <thead>
            <tr>
              <th scope="col">Setting</th>
              <th scope="col">Now</th>
              <th scope="col">Then</th>
              <th scope="col">Affects</th>
            </tr>
          </thead>
          <tbody>
            {form.changes.map(({ row, next }) => (
              <tr key={row.key}>
                <th scope="row">{row.title}</th>
                <td>{valueText(row, row.value)}</td>
                <td>
                  <b>{valueText(row, next)}</b>
                </td>
                <td>
                  {row.affects} {row.restart && <Tag tone="warn">Needs a restart</Tag>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <Group justify="flex-end" gap="xs">
          {isBlocked && (
            <Text size="xs" c="dimmed" flex={1} id="review-reason">
              {`${formatNoun(form.problems.size, 'value')} cannot be saved. Correct or reset ${form.problems.size === 1 ? 'it' : 'them'} first.`}
            </Text>
          )}
          <Button variant="default" onClick={onClose} data-autofocus>
            Back
          </Button>
          <Button
            disabled={isBlocked}
            loading={form.isSaving}
            aria-describedby={isBlocked ? 'review-reason' : undefined}
            onClick={() => void form.save().then(onClose)}
          >
            Save
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
