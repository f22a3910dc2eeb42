/** Which columns are shown. Without a choice as many as fit; a choice stands in the address and goes into saved filters. */
import { Button, Menu } from '@mantine/core'
import { IconColumns3 } from '@tabler/icons-react'
import { columnIds, columnSizes, isColumn, type ColumnId } from './column-fit.ts'

export interface ColumnMenuProps {
  readonly chosen: readonly string[]
  readonly onChange: (columns: readonly ColumnId[]) => void
}

const usual = columnIds.filter((id) => columnSizes[id].rank !== null)

export function ColumnMenu({ chosen, onChange }: ColumnMenuProps) {
  const known = chosen.filter(isColumn)
  const isAutomatic = known.length === 0
  const shown = new Set<ColumnId>(isAutomatic ? usual : known)

  function toggle(id: ColumnId): void {
    if (shown.has(id)) shown.delete(id)
    else shown.add(id)
    onChange(columnIds.filter((each) => shown.has(each)))
  }

  return (
    <Menu>
      <Menu.Target>
        <Button variant="default" leftSection={<IconColumns3 size={14} aria-hidden />}>
          Columns
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.CheckboxItem checked={isAutomatic} onChange={() => onChange([])}>
          As many as fit
        </Menu.CheckboxItem>
        <Menu.Divider />
        {columnIds.map((id) => (
          <Menu.CheckboxItem
            key={id}
            checked={shown.has(id)}
            // A table without columns says nothing.
            disabled={!isAutomatic && shown.size === 1 && shown.has(id)}
            onChange={() => toggle(id)}
          >
            {columnSizes[id].label}
          </Menu.CheckboxItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
