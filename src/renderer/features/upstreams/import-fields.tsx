/** Tokens that are pasted or chosen. They leave the page with the click that sends them, whatever comes of it. */
import { Button, FileInput, Group, Text } from '@mantine/core'
import { useState, type FormEvent, type ReactNode } from 'react'
import { SecretField } from '../../components/secret-field.tsx'
import { authTextProblem, businessTokenProblem, MAX_AUTH_FILE_BYTES } from './account-target.ts'
import type { ImportPartProps } from './import-part-props.ts'
import classes from './account.module.css'

export function ImportFile({ blockedBy, isSending, onImport }: ImportPartProps) {
  const [text, setText] = useState('')
  const [file, setFile] = useState<File | null>(null)
  const [unreadable, setUnreadable] = useState<string | null>(null)
  const fileProblem = file === null ? null : problemOf(file)
  const textProblem = authTextProblem(text)
  const isEmpty = file === null && text.trim() === ''

  async function send(): Promise<void> {
    const [chosen, pasted] = [file, text]
    setFile(null)
    setText('')
    try {
      onImport({ source: 'text', text: chosen === null ? pasted : await chosen.text() })
    } catch {
      // It was moved or changed after it was chosen.
      setUnreadable('The file cannot be read any more. Choose it again.')
    }
  }

  return (
    <ImportForm
      isSending={isSending}
      blockedBy={blockedBy ?? fileProblem ?? textProblem ?? (isEmpty ? 'Choose the file, or paste its text.' : null)}
      onSend={() => void send()}
    >
      <FileInput
        label="File"
        description="auth.json of a signed-in Codex, at most 64 KB"
        placeholder="Choose a file"
        accept="application/json,.json"
        clearable
        clearButtonProps={{ 'aria-label': 'Choose no file' }}
        disabled={text !== ''}
        value={file}
        error={fileProblem ?? unreadable}
        onChange={(next) => {
          setFile(next)
          setUnreadable(null)
        }}
      />
      <SecretField
        label="Or its text"
        description="Paste the whole file."
        disabled={file !== null}
        value={text}
        error={textProblem}
        onChange={(next) => {
          setText(next)
          setUnreadable(null)
        }}
      />
    </ImportForm>
  )
}

function problemOf(file: File): string | null {
  if (file.size === 0) return 'The file is empty.'
  return file.size > MAX_AUTH_FILE_BYTES ? 'An auth.json has at most 64 KB.' : null
}

export function ImportToken({ blockedBy, isSending, onImport }: ImportPartProps) {
  const [token, setToken] = useState('')
  const problem = token === '' ? null : businessTokenProblem(token)
  return (
    <ImportForm
      isSending={isSending}
      blockedBy={blockedBy ?? problem ?? (token === '' ? 'Paste the token.' : null)}
      onSend={() => {
        setToken('')
        onImport({ source: 'token', token: token.trim() })
      }}
    >
      <SecretField
        label="Business access token"
        description="Of a Business or Enterprise workspace; it begins with at-. Nothing renews it: once it ends, sign in again with another."
        value={token}
        error={problem}
        onChange={setToken}
      />
    </ImportForm>
  )
}

interface ImportFormProps {
  readonly isSending: boolean
  readonly blockedBy: string | null
  readonly onSend: () => void
  readonly children: ReactNode
}

function ImportForm({ isSending, blockedBy, onSend, children }: ImportFormProps) {
  function submit(event: FormEvent): void {
    event.preventDefault()
    if (blockedBy === null && !isSending) onSend()
  }
  return (
    <form className={classes['form']} onSubmit={submit} noValidate>
      {children}
      <Group gap="sm">
        <Button type="submit" loading={isSending} disabled={blockedBy !== null} aria-describedby="import-reason">
          Import
        </Button>
        <Text size="xs" c="dimmed" id="import-reason" aria-live="polite">
          {blockedBy ?? ''}
        </Text>
      </Group>
    </form>
  )
}
