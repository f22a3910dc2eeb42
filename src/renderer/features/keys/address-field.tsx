/** The addresses from which a key may be used, one rule per line, with what is written otherwise than it counts. */
import { Button, Group, Menu, Text, Textarea } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { checkIpRule, normaliseIpRules } from '../../../shared/ip-rules.ts'
import { useRoute } from '../../lib/api.ts'
import { addressLines } from './key-form.ts'

export interface AddressFieldProps {
  readonly id: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly onBlur: () => void
  readonly error: string | null
  /** What an empty field means. */
  readonly empty?: string
}

export function AddressField(props: AddressFieldProps) {
  const { id, value, onChange, onBlur, error, empty = 'it may be used from everywhere' } = props
  const lines = addressLines({ addresses: value })
  const add = (address: string) => {
    if (!lines.includes(address)) onChange([...lines, address].join('\n'))
  }
  return (
    <div>
      <Textarea
        id={id}
        label="Addresses"
        description={`IPv4 or IPv6 addresses and networks, one per line. Empty: ${empty}.`}
        placeholder={'192.168.1.20\n10.0.0.0/8'}
        autosize
        minRows={2}
        maxRows={10}
        spellCheck={false}
        autoComplete="off"
        value={value}
        error={error}
        onBlur={onBlur}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <Group gap="xs" mt={6} align="flex-start">
        <AddMine onAdd={add} />
        <Hints lines={lines} />
      </Group>
    </div>
  )
}

function AddMine({ onAdd }: { readonly onAdd: (address: string) => void }) {
  const query = useRoute('system.clientAddress', {})
  const addresses = query.data?.addresses ?? []
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button size="compact-xs" variant="default" leftSection={<IconPlus size={13} aria-hidden />}>
          Add my address
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {addresses.length === 0 && (
          <Menu.Label>{query.isPending ? 'Looking for addresses' : 'No address of this machine is known'}</Menu.Label>
        )}
        {addresses.map(({ address, interface: name, isLoopback }) => (
          <Menu.Item key={address} onClick={() => onAdd(address)}>
            {address}
            <Text span size="xs" c="dimmed" ml={6}>
              {isLoopback ? 'clients on this machine' : name}
            </Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

function Hints({ lines }: { readonly lines: readonly string[] }) {
  const changed = lines.flatMap((line) => {
    const check = checkIpRule(line)
    return check.ok && check.changed ? [`${line} counts as ${check.rule}.`] : []
  })
  const { merged } = normaliseIpRules(lines)
  const covered = merged.map(({ rule, into }) =>
    rule === into ? `${rule} is written twice.` : `${rule} is within ${into}.`,
  )
  const hints = [...new Set([...changed, ...covered])]
  if (hints.length === 0) return null
  return (
    <Text size="xs" c="dimmed" flex={1} aria-live="polite">
      {hints.slice(0, 5).join(' ')}
    </Text>
  )
}
