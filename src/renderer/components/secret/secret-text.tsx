import { Group, TextInput } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { CopyButton } from '../copy.tsx'
import type { FreshSecret } from './fresh-secret.ts'
import classes from './secret.module.css'

/** A fresh secret to be copied: the whole of it is selected by one click or by the keyboard's focus. */
export function SecretText({
  secret,
  autoFocus = true,
}: {
  readonly secret: FreshSecret
  readonly autoFocus?: boolean
}) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    // Written here and not as a prop, so that no component keeps it.
    const input = field.current
    if (input === null) return
    input.value = secret.text()
    return () => {
      input.value = ''
    }
  }, [secret])
  return (
    <Group gap="xs" align="flex-end" wrap="nowrap">
      <TextInput
        ref={field}
        label="Secret"
        readOnly
        flex={1}
        size="sm"
        {...(autoFocus ? { 'data-autofocus': true } : {})}
        autoComplete="off"
        spellCheck={false}
        data-1p-ignore
        data-lpignore="true"
        data-bwignore
        classNames={{ input: classes['secret'] ?? '' }}
        onFocus={(event) => event.currentTarget.select()}
        // A click into what is selected already would otherwise take the selection away.
        onMouseDown={(event) => {
          event.preventDefault()
          event.currentTarget.focus()
          event.currentTarget.select()
        }}
      />
      <CopyButton text={secret.text()} label="Copy secret" size="sm" miw={130} />
    </Group>
  )
}
