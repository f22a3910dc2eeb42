/** Where the API is, by which way, and with which credential. */
import { Radio, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { Time } from '../../components/time.tsx'
import { formatNoun } from '../../lib/format.ts'
import { Disclosure } from './disclosure.tsx'
import { EditorSection } from './editor-section.tsx'
import { ApiKeyField, HeaderFields, ProxyCredentialsField, type SecretPartProps } from './secret-fields.tsx'
import type { EditorPartProps } from './editor-part-props.ts'
import { baseUrlProblem, isPlainRemote, OPENAI_URL, proxyUrlProblem } from './address-rules.ts'
import { fieldIds } from './upstream-form.ts'
import type { Upstream } from './upstream-rows.ts'

export function ConnectionFields({ form, change, upstream, refusals }: EditorPartProps) {
  const { kind, baseUrl, secret, keepsSecret } = form
  const [isLeft, setLeft] = useState(false)
  const wrong = baseUrl !== '' || isLeft ? baseUrlProblem(kind, baseUrl) : null
  const part: SecretPartProps = {
    secret,
    onChange: (patch) => change({ secret: { ...secret, ...patch } }),
    refusals,
  }
  return (
    <EditorSection title="Connection">
      <TextInput
        id={fieldIds.baseUrl}
        label="Base URL"
        description={
          kind === 'openai'
            ? 'Left empty, the address of OpenAI itself.'
            : 'Where the API begins: most end in /v1. A server on this machine is http://127.0.0.1:port/v1.'
        }
        withAsterisk={kind !== 'openai'}
        placeholder={kind === 'openai' ? OPENAI_URL : 'https://api.provider.example/v1'}
        type="url"
        autoComplete="off"
        spellCheck={false}
        value={baseUrl}
        error={wrong ?? refusals[fieldIds.baseUrl]}
        onBlur={() => setLeft(baseUrl !== '')}
        onChange={(event) => change({ baseUrl: event.currentTarget.value })}
      />
      {isPlainRemote(baseUrl) && (
        <Text size="xs" c="var(--tone-warn)" role="status">
          Plain http to another network: the credential and every prompt travel unprotected.
        </Text>
      )}
      {upstream !== null && upstream.secret !== null && (
        <StoredSecret
          stored={upstream.secret}
          keeps={keepsSecret}
          onKeeps={(keeps) => change({ keepsSecret: keeps })}
        />
      )}
      {!keepsSecret && <ApiKeyField kind={kind} {...part} />}
      <Disclosure
        title="Proxy and headers"
        startsOpen={form.proxyUrl !== '' || secret.headers.length > 0}
        isNeeded={refusals[fieldIds.proxyUrl] !== undefined}
      >
        <TextInput
          id={fieldIds.proxyUrl}
          label="HTTP proxy"
          description="Scheme, host and port. Left empty, the upstream is reached directly."
          placeholder="http://proxy.example:3128"
          type="url"
          autoComplete="off"
          spellCheck={false}
          value={form.proxyUrl}
          error={proxyUrlProblem(form.proxyUrl) ?? refusals[fieldIds.proxyUrl]}
          onChange={(event) => change({ proxyUrl: event.currentTarget.value })}
        />
        {!keepsSecret && (form.proxyUrl.trim() !== '' || secret.proxyCredentials !== '') && (
          <ProxyCredentialsField {...part} />
        )}
        {keepsSecret ? (
          <Text size="xs" c="dimmed">
            Proxy credentials and extra headers belong to the stored secret. Choose “Replace it” to change them.
          </Text>
        ) : (
          <HeaderFields {...part} />
        )}
      </Disclosure>
    </EditorSection>
  )
}

interface StoredSecretProps {
  readonly stored: NonNullable<Upstream['secret']>
  readonly keeps: boolean
  readonly onKeeps: (keeps: boolean) => void
}

function StoredSecret({ stored, keeps, onKeeps }: StoredSecretProps) {
  const { fingerprint, setAt, headerNames, hasApiKey } = stored
  const parts = [hasApiKey ? 'API key' : null, headerNames.length > 0 ? formatNoun(headerNames.length, 'header') : null]
  return (
    <Radio.Group
      label="Stored secret"
      description={
        <>
          Fingerprint <code>{fingerprint}</code>, set <Time at={setAt} />
          {`: ${parts.filter((part) => part !== null).join(', ') || 'proxy credentials'}`}
        </>
      }
      value={keeps ? 'keep' : 'replace'}
      onChange={(next) => onKeeps(next === 'keep')}
    >
      <Stack gap={6} mt={6}>
        <Radio value="keep" label="Keep it" />
        <Radio value="replace" label="Replace all of it" />
      </Stack>
    </Radio.Group>
  )
}
