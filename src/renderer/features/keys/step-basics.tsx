import { Select, SimpleGrid, Stack, Switch, Textarea, TextInput } from '@mantine/core'
import { JsonEditor } from '../../components/json-editor.tsx'
import { AddressField } from './address-field.tsx'
import { ExpiryField } from './expiry-field.tsx'
import type { StepProps } from './step-props.ts'

export function BasicsStep({ form, change, errorOf, onLeave, pools, poolKey }: StepProps) {
  const metadataError = errorOf('key-metadata')
  const kept = poolKey?.expiresAt ?? null
  return (
    <Stack gap="md" maw={820}>
      <SimpleGrid cols={2} spacing="md">
        <TextInput
          id="key-name"
          label="Name"
          description="Who or what holds it: it stands in lists and logs."
          required
          autoComplete="off"
          value={form.name}
          error={errorOf('key-name')}
          onBlur={() => onLeave('key-name')}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
        <Select
          id="key-pool"
          label="Pool"
          description={poolKey === null ? 'Cannot be changed later.' : 'A key stays in its Pool.'}
          required
          searchable
          allowDeselect={false}
          disabled={poolKey !== null}
          placeholder="Choose a Pool"
          data={pools.map(({ id, name, status }) => ({
            value: id,
            label: status === 'active' ? name : `${name} (${status})`,
          }))}
          value={form.poolId === '' ? null : form.poolId}
          error={errorOf('key-pool')}
          onBlur={() => onLeave('key-pool')}
          // Upstreams are chosen out of the Pool's own.
          onChange={(next) => change({ poolId: next ?? '', upstreamMode: 'all', upstreamIds: [] })}
        />
        <TextInput
          id="key-owner"
          label="Owner"
          description="Whose it is, to find keys by. May stay empty."
          autoComplete="off"
          value={form.owner}
          error={errorOf('key-owner')}
          onBlur={() => onLeave('key-owner')}
          onChange={(event) => change({ owner: event.currentTarget.value })}
        />
        <ExpiryField
          id="key-expiry"
          value={form.expiry}
          kept={kept}
          error={errorOf('key-expiry')}
          onChange={(expiry) => {
            change({ expiry })
            onLeave('key-expiry')
          }}
        />
      </SimpleGrid>
      <AddressField
        id="key-addresses"
        value={form.addresses}
        error={errorOf('key-addresses')}
        onBlur={() => onLeave('key-addresses')}
        onChange={(addresses) => change({ addresses })}
      />
      <Switch
        id="key-tokens"
        label="This key may make ephemeral tokens itself"
        description="Whoever holds it can then lend a part of what it may do for up to 7 days, as you can in any case."
        checked={form.canMakeTokens}
        onChange={(event) => change({ canMakeTokens: event.currentTarget.checked })}
      />
      <SimpleGrid cols={2} spacing="md">
        <Textarea
          id="key-notes"
          label="Notes"
          description="Shown here as typed. No place for secrets."
          autosize
          minRows={4}
          maxRows={8}
          value={form.notes}
          error={errorOf('key-notes')}
          onBlur={() => onLeave('key-notes')}
          onChange={(event) => change({ notes: event.currentTarget.value })}
        />
        <JsonEditor
          id="key-metadata"
          label="Metadata"
          description="Tags as a JSON object. No place for secrets."
          placeholder={'{ "team": "core" }'}
          value={form.metadata}
          {...(metadataError === null ? {} : { error: metadataError.replace(/^Metadata: /, '') })}
          onBlur={() => onLeave('key-metadata')}
          onChange={(metadata) => change({ metadata })}
        />
      </SimpleGrid>
    </Stack>
  )
}
