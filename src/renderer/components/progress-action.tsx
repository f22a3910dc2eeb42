/** A long act: how far it is, what it does, a way to stop it. The caller owns the act and tells how it stands. */
import { Button, Group, Progress, Stack, Text } from '@mantine/core'

export interface ProgressActionProps {
  /** "Exporting requests". */
  readonly label: string
  /** Between 0 and 1; null while that is not known. */
  readonly share: number | null
  /** "120,000 of 1,000,000 rows". */
  readonly detail?: string
  /** Left out where it cannot be stopped. */
  readonly onCancel?: () => void
  readonly isCancelling?: boolean
}

export function ProgressAction({ label, share, detail, onCancel, isCancelling = false }: ProgressActionProps) {
  const percent = share === null ? 100 : Math.round(share * 100)
  return (
    <Stack gap={4} role="group" aria-label={label}>
      <Group justify="space-between" gap="xs">
        <Text fw={550}>{label}</Text>
        {onCancel !== undefined && (
          <Button size="compact-xs" variant="default" onClick={onCancel} loading={isCancelling}>
            Cancel
          </Button>
        )}
      </Group>
      <Progress value={percent} animated={share === null} aria-label={label} />
      <Text size="xs" c="dimmed" aria-live="polite">
        {[share === null ? null : `${percent} %`, detail ?? null].filter((part) => part !== null).join(' · ')}
      </Text>
    </Stack>
  )
}
