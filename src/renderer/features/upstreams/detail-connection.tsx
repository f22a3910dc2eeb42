/** Where it is and with what it is asked. Of the secret only what cannot give it away. */
import { Anchor, Text } from '@mantine/core'
import { CopyText } from '../../components/copy.tsx'
import { DetailPart } from '../../components/detail-part.tsx'
import { FactList } from '../../components/facts.tsx'
import { Time } from '../../components/time.tsx'
import { useUpstreamActs } from './upstream-acts.tsx'
import type { Upstream } from './upstream-rows.ts'
import { credentialWord } from './words.ts'

export function DetailConnection({ upstream }: { readonly upstream: Upstream }) {
  const acts = useUpstreamActs()
  const { kind, baseUrl, proxyUrl, secret } = upstream
  if (kind === 'simulator') {
    return (
      <DetailPart title="Connection">
        <Text c="dimmed">Built in: it has no address and no secret, and works offline.</Text>
      </DetailPart>
    )
  }
  return (
    <DetailPart
      title="Connection"
      end={
        <Anchor component="button" type="button" size="xs" onClick={() => acts.replaceSecret(upstream)}>
          {credentialWord(upstream)}
        </Anchor>
      }
    >
      <FactList
        label="Connection"
        facts={[
          { label: 'Base URL', value: <CopyText text={baseUrl} what="base URL" /> },
          { label: 'Proxy', value: proxyUrl ?? 'none' },
          {
            label: 'Secret',
            value:
              secret === null ? (
                'none stored'
              ) : (
                <>
                  fingerprint <code>{secret.fingerprint}</code>, set <Time at={secret.setAt} />
                </>
              ),
          },
          secret === null ? null : { label: 'API key', value: secret.hasApiKey ? 'stored' : 'none' },
          secret === null
            ? null
            : {
                label: 'Extra headers',
                value: secret.headerNames.length === 0 ? 'none' : secret.headerNames.join(', '),
              },
        ]}
      />
    </DetailPart>
  )
}
