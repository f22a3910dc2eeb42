import { Group, Modal, Text, Title } from '@mantine/core'
import { useShortcuts } from '../lib/shortcuts.ts'
import { closeHelp, useHelpOpen } from './help-store.ts'
import classes from './help-sheet.module.css'
import { Keys } from './keys.tsx'

const isMac = /mac/i.test(navigator.platform)

/** Keys that are not in the registry, because dialogs and tables read them themselves. */
const fixed = [
  { group: 'Everywhere', keys: isMac ? '⌘ k' : 'Ctrl k', label: 'Command palette' },
  { group: 'Everywhere', keys: 'Esc', label: 'Close a dialog, clear the search' },
  { group: 'Tables', keys: '↑ ↓', label: 'Walk the rows' },
  { group: 'Tables', keys: 'Enter', label: 'Open the row' },
  { group: 'Tables', keys: 'Space', label: 'Select the row' },
  { group: 'Wizards', keys: 'Enter', label: 'Next step' },
  { group: 'Wizards', keys: 'Alt ← →', label: 'Previous, next step' },
]

export function HelpSheet() {
  const opened = useHelpOpen()
  const shortcuts = useShortcuts()
  const groups = Map.groupBy([...shortcuts, ...fixed], (entry) => entry.group)
  return (
    <Modal
      opened={opened}
      onClose={closeHelp}
      title="Keyboard shortcuts"
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <div className={classes['groups']}>
        {[...groups].map(([group, entries]) => (
          <section key={group} className={classes['group']} aria-label={group}>
            <Title order={2} mb={4}>
              {group}
            </Title>
            {entries.map(({ keys, label }) => (
              <Group key={keys + label} justify="space-between" gap="xs" py={1}>
                <Text>{label}</Text>
                <Keys keys={keys} />
              </Group>
            ))}
          </section>
        ))}
      </div>
    </Modal>
  )
}
