/** Where an account's requests go. Its tokens are no field: they come by signing in. */
import { Anchor, Text, TextInput } from '@mantine/core'
import { Link } from 'react-router'
import { accountAddressProblem } from './account-target.ts'
import { baseUrlProblem, proxyUrlProblem } from './address-rules.ts'
import { Disclosure } from './disclosure.tsx'
import type { EditorPartProps } from './editor-part-props.ts'
import { EditorSection } from './editor-section.tsx'
import { fieldIds } from './upstream-form.ts'

export function AccountConnection({ form, change, upstream, refusals }: EditorPartProps) {
  const { kind, baseUrl, proxyUrl } = form
  const email = upstream?.account?.email ?? null
  const refused = refusals[fieldIds.baseUrl] ?? refusals[fieldIds.proxyUrl]
  return (
    <EditorSection title="Connection">
      <Text c="dimmed">
        {email === null ? 'A ChatGPT account' : `The account ${email}`}. To sign it in again, go to{' '}
        <Anchor component={Link} to={`/upstreams/${upstream?.id ?? ''}`} inherit underline="always">
          its page
        </Anchor>
        .
      </Text>
      <Disclosure title="Advanced: address and proxy" isNeeded={refused !== undefined}>
        <TextInput
          id={fieldIds.baseUrl}
          label="Base URL"
          description="Of the Codex backend. The account’s tokens are sent there."
          type="url"
          autoComplete="off"
          spellCheck={false}
          value={baseUrl}
          error={baseUrlProblem(kind, baseUrl) ?? accountAddressProblem(baseUrl) ?? refusals[fieldIds.baseUrl]}
          onChange={(event) => change({ baseUrl: event.currentTarget.value })}
        />
        <TextInput
          id={fieldIds.proxyUrl}
          label="HTTP proxy"
          description="Scheme, host and port. Left empty, the upstream is reached directly."
          placeholder="http://proxy.example:3128"
          type="url"
          autoComplete="off"
          spellCheck={false}
          value={proxyUrl}
          error={proxyUrlProblem(proxyUrl) ?? refusals[fieldIds.proxyUrl]}
          onChange={(event) => change({ proxyUrl: event.currentTarget.value })}
        />
      </Disclosure>
    </EditorSection>
  )
}
