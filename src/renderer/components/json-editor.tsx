import { Textarea, type TextareaProps } from '@mantine/core'
import { findJsonFault } from './json-fault.ts'

export interface JsonEditorProps extends Omit<TextareaProps, 'value' | 'onChange'> {
  readonly value: string
  readonly onChange: (value: string) => void
}

/** A text field for one JSON object that says where it goes wrong. Whether it is valid: `findJsonFault(value) === null`. */
export function JsonEditor({ value, onChange, error, ...rest }: JsonEditorProps) {
  const fault = findJsonFault(value)
  return (
    <Textarea
      autosize
      minRows={4}
      maxRows={16}
      spellCheck={false}
      autoComplete="off"
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.75rem' } }}
      {...rest}
      error={error ?? fault}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
