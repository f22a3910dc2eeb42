/**
 * A field that is written and never read back: what is stored shows as a fingerprint and an age, the input starts empty.
 * The form clears it after a submit with `value=""`. No browser may remember or fill it in.
 */
import { PasswordInput, type PasswordInputProps } from '@mantine/core'
import type { ReactNode } from 'react'
import { Time } from './time.tsx'

export interface SecretFieldProps extends Omit<PasswordInputProps, 'value' | 'onChange' | 'type'> {
  readonly value: string
  readonly onChange: (value: string) => void
  /** What is stored now; null when nothing is. Leave out where nothing can be stored yet. */
  readonly stored?: { readonly fingerprint: string; readonly setAt: number } | null
}

export function SecretField({ value, onChange, stored, description, ...rest }: SecretFieldProps) {
  return (
    <PasswordInput
      autoComplete="new-password"
      spellCheck={false}
      data-1p-ignore
      data-lpignore="true"
      data-bwignore
      name="weir-secret"
      placeholder={stored ? 'Unchanged: type to replace it' : ''}
      visibilityToggleButtonProps={{ 'aria-label': 'Show what is typed' }}
      {...rest}
      // The library marks the box around the input, which no screen reader looks at.
      {...(rest.error ? { 'aria-invalid': true } : {})}
      description={stored === undefined ? description : <Stored stored={stored} note={description} />}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}

function Stored({ stored, note }: { stored: NonNullable<SecretFieldProps['stored']> | null; note: ReactNode }) {
  if (stored === null) return <>Nothing is stored yet. {note}</>
  return (
    <>
      Stored: fingerprint <code>{stored.fingerprint}</code>, set <Time at={stored.setAt} />. {note}
    </>
  )
}
