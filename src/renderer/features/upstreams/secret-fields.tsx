/** API key, proxy credentials and extra headers. All of them are written and never read back. */
import { ActionIcon, Button, Text, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { SecretField } from '../../components/secret-field.tsx'
import {
  apiKeyProblem,
  headerProblems,
  proxyCredentialsProblem,
  secretIds,
  type HeaderRow,
  type SecretForm,
} from './secret-form.ts'
import type { Upstream } from './upstream-rows.ts'
import classes from './editor.module.css'

export interface SecretPartProps {
  readonly secret: SecretForm
  readonly onChange: (patch: Partial<SecretForm>) => void
  /** What the core or the check said of a field, by its id. */
  readonly refusals: Readonly<Record<string, string>>
}

export function ApiKeyField({
  kind,
  secret,
  onChange,
  refusals,
  isTried = false,
}: SecretPartProps & { readonly kind: Upstream['kind']; readonly isTried?: boolean }) {
  const wrong = secret.apiKey !== '' || isTried ? apiKeyProblem(kind, secret.apiKey) : null
  return (
    <SecretField
      id={secretIds.apiKey}
      label="API key"
      withAsterisk={kind === 'openai'}
      description={
        kind === 'openai'
          ? 'Kept in the secret store of this machine, never shown again.'
          : 'Leave it empty where the server wants none. Kept in the secret store, never shown again.'
      }
      value={secret.apiKey}
      onChange={(apiKey) => onChange({ apiKey })}
      error={wrong ?? refusals[secretIds.apiKey]}
    />
  )
}

export function ProxyCredentialsField({ secret, onChange, refusals }: SecretPartProps) {
  return (
    <SecretField
      id={secretIds.proxyCredentials}
      label="Proxy credentials"
      description="user:password, where the proxy wants them."
      value={secret.proxyCredentials}
      onChange={(proxyCredentials) => onChange({ proxyCredentials })}
      error={proxyCredentialsProblem(secret.proxyCredentials) ?? refusals[secretIds.proxyCredentials]}
    />
  )
}

export function HeaderFields({ secret, onChange, refusals }: SecretPartProps) {
  const { headers } = secret
  const edit = (row: number, patch: Partial<HeaderRow>) =>
    onChange({ headers: headers.map((each) => (each.row === row ? { ...each, ...patch } : each)) })
  const nextRow = Math.max(-1, ...headers.map(({ row }) => row)) + 1
  return (
    <div role="group" aria-label="Extra headers">
      <Text size="xs" fw={500}>
        Extra headers
      </Text>
      <Text size="xs" c="dimmed" mb={4}>
        Sent with every request to this upstream. Their values are secrets like the API key; an Authorization header
        takes its place.
      </Text>
      {headers.length > 0 && (
        <div className={classes['headers']}>
          {headers.map((each, index) => {
            const wrong = headerProblems(headers, each)
            return (
              <HeaderInputs
                key={each.row}
                each={each}
                number={index + 1}
                nameError={(each.name === '' ? null : wrong.name) ?? refusals[secretIds.headerName(each.row)] ?? null}
                valueError={each.value === '' ? null : wrong.value}
                onEdit={(patch) => edit(each.row, patch)}
                onRemove={() => onChange({ headers: headers.filter(({ row }) => row !== each.row) })}
              />
            )
          })}
        </div>
      )}
      <Button
        variant="default"
        leftSection={<IconPlus size={14} aria-hidden />}
        onClick={() => onChange({ headers: [...headers, { row: nextRow, name: '', value: '' }] })}
      >
        Add a header
      </Button>
    </div>
  )
}

interface HeaderInputsProps {
  readonly each: HeaderRow
  readonly number: number
  readonly nameError: string | null
  readonly valueError: string | null
  readonly onEdit: (patch: Partial<HeaderRow>) => void
  readonly onRemove: () => void
}

function HeaderInputs({ each, number, nameError, valueError, onEdit, onRemove }: HeaderInputsProps) {
  return (
    <>
      <TextInput
        id={secretIds.headerName(each.row)}
        aria-label={`Name of header ${number}`}
        placeholder="X-Name"
        autoComplete="off"
        spellCheck={false}
        value={each.name}
        error={nameError}
        onChange={(event) => onEdit({ name: event.currentTarget.value })}
      />
      <SecretField
        id={secretIds.headerValue(each.row)}
        aria-label={`Value of header ${number}`}
        placeholder="Value"
        value={each.value}
        error={valueError}
        onChange={(value) => onEdit({ value })}
      />
      <ActionIcon mt={3} aria-label={`Remove header ${number}`} onClick={onRemove}>
        <IconTrash size={15} aria-hidden />
      </ActionIcon>
    </>
  )
}
