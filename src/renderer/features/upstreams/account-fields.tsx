/** What an account is called here, and the addresses that hardly anybody needs. */
import { TextInput } from '@mantine/core'
import { accountAddressProblem, issuerFieldId, type AccountAddresses } from './account-target.ts'
import { proxyUrlProblem } from './address-rules.ts'
import { Disclosure } from './disclosure.tsx'
import { fieldIds } from './upstream-form.ts'

export interface AccountNameProps {
  readonly name: string
  readonly onChange: (name: string) => void
  readonly problem: string | null
  readonly isFixed: boolean
}

export function AccountName({ name, onChange, problem, isFixed }: AccountNameProps) {
  return (
    <TextInput
      id={fieldIds.name}
      label="Name"
      description={
        isFixed
          ? 'The sign-in goes on with this name. Cancel it to change the name.'
          : 'Left empty, the email address of the account. Clients do not see it.'
      }
      autoComplete="off"
      placeholder="the email address of the account"
      maxLength={80}
      disabled={isFixed}
      value={name}
      error={problem}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}

export interface AccountAddressFieldsProps {
  readonly addresses: AccountAddresses
  readonly onChange: (addresses: AccountAddresses) => void
  readonly isFixed: boolean
  /** One that is signed in again keeps its own backend. */
  readonly hasBaseUrl: boolean
}

const address = { type: 'url', autoComplete: 'off', spellCheck: false } as const

export function AccountAddressFields({ addresses, onChange, isFixed, hasBaseUrl }: AccountAddressFieldsProps) {
  const { issuer, baseUrl, proxyUrl } = addresses
  return (
    <Disclosure title={hasBaseUrl ? 'Advanced: addresses and proxy' : 'Advanced: sign-in server'}>
      <TextInput
        {...address}
        id={issuerFieldId}
        label="Sign-in server"
        description={hasBaseUrl ? 'Left empty, that of the settings.' : 'Left empty, the one that made its tokens.'}
        placeholder="https://auth.openai.com"
        disabled={isFixed}
        value={issuer}
        error={accountAddressProblem(issuer)}
        onChange={(event) => onChange({ ...addresses, issuer: event.currentTarget.value })}
      />
      {hasBaseUrl && (
        <TextInput
          {...address}
          id={fieldIds.baseUrl}
          label="Base URL"
          description="Of the Codex backend. Left empty, that of ChatGPT itself."
          placeholder="https://chatgpt.com/backend-api/codex"
          disabled={isFixed}
          value={baseUrl}
          error={accountAddressProblem(baseUrl)}
          onChange={(event) => onChange({ ...addresses, baseUrl: event.currentTarget.value })}
        />
      )}
      {hasBaseUrl && (
        <TextInput
          {...address}
          id={fieldIds.proxyUrl}
          label="HTTP proxy"
          description="Scheme, host and port. Left empty, it is reached directly."
          placeholder="http://proxy.example:3128"
          disabled={isFixed}
          value={proxyUrl}
          error={proxyUrlProblem(proxyUrl)}
          onChange={(event) => onChange({ ...addresses, proxyUrl: event.currentTarget.value })}
        />
      )}
    </Disclosure>
  )
}
