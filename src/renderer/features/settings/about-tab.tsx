/** What runs here, where it keeps its secrets, and how it looks. */
import { SegmentedControl, Stack, Text, Title, useMantineColorScheme } from '@mantine/core'
import type { RouteOutput } from '../../../shared/contract.ts'
import { CopyText } from '../../components/copy.tsx'
import { FactList } from '../../components/facts.tsx'
import { Tag } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { schemes } from '../../lib/scheme.ts'
import { RestartButton } from './restart-notice.tsx'
import classes from './settings.module.css'

type Status = RouteOutput<'system.status'>

export function AboutTab({ status }: { readonly status: Status }) {
  return (
    <div className={classes['two']}>
      <Stack gap="lg">
        <Program status={status} />
        <Appearance />
      </Stack>
      <Secrets store={status.secretStore} />
    </div>
  )
}

function Program({ status }: { readonly status: Status }) {
  const { version, startedAt, dataDir, gateway, adminUrl } = status
  return (
    <section className={classes['section']} aria-labelledby="about-program">
      <Title order={2} id="about-program">
        This Weir
      </Title>
      <FactList
        label="This Weir"
        facts={[
          { label: 'Version', value: version },
          { label: 'Running since', value: <Time at={startedAt} absolute /> },
          { label: 'Gateway', value: <CopyText text={`${gateway.url}/v1`} what="base URL" /> },
          {
            label: 'Operator surface',
            value: adminUrl === null ? 'this window only' : <CopyText text={adminUrl} what="address of this page" />,
          },
          { label: 'Data directory', value: <CopyText text={dataDir} what="path of the data directory" /> },
          { label: 'Restart', value: <RestartButton status={status} /> },
        ]}
      />
    </section>
  )
}

const kinds: Readonly<Record<Status['secretStore']['kind'], string>> = {
  keychain: 'The keychain of this system',
  vault: 'A vault in the data directory, locked with a passphrase',
  none: 'None',
}

function Secrets({ store }: { readonly store: Status['secretStore'] }) {
  return (
    <section className={classes['section']} aria-labelledby="about-secrets">
      <Title order={2} id="about-secrets">
        Secret store
      </Title>
      <FactList
        label="Secret store"
        facts={[
          { label: 'Kept in', value: kinds[store.kind] },
          {
            label: 'State',
            value: store.usable ? <Tag tone="ok">Usable</Tag> : <Tag tone="bad">Not usable</Tag>,
          },
          store.reason === null ? null : { label: 'Why', value: store.reason },
        ]}
      />
      <Text size="xs" c="dimmed" mt="xs">
        {store.usable
          ? 'Secrets of upstreams are written there and nowhere else. They can be replaced but never read back. Keys of Pools are stored as hashes only.'
          : 'Until there is one, secrets of upstreams cannot be saved: Weir keeps none in plain text. Unlock the keychain of this system, or start Weir with WEIR_PASSPHRASE for a passphrase vault.'}
      </Text>
    </section>
  )
}

function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <section className={classes['section']} aria-labelledby="about-appearance">
      <Title order={2} id="about-appearance">
        Appearance
      </Title>
      <SegmentedControl
        aria-label="Colour scheme"
        value={colorScheme}
        onChange={(value) => setColorScheme(schemes.find((scheme) => scheme.value === value)?.value ?? 'auto')}
        data={schemes.map(({ value, label }) => ({ value, label }))}
      />
      <Text size="xs" c="dimmed" mt={4}>
        Kept in this browser; the rest of what you see comes from Weir.
      </Text>
    </section>
  )
}
