/** Copying, with the answer on the button itself. Where the browser refuses, it says so and the text stays selectable. */
import { ActionIcon, Button, type ButtonProps, Code, Group, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy, IconX } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import { copyText } from '../lib/clipboard.ts'
import classes from './copy.module.css'

const SHOWN_MS = 2_000
type Said = 'nothing' | 'copied' | 'refused'

function useCopy(text: string): { said: Said; copy: () => void } {
  const [said, setSaid] = useState<Said>('nothing')
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const copy = async () => {
    const didCopy = await copyText(text)
    setSaid(didCopy ? 'copied' : 'refused')
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setSaid('nothing'), SHOWN_MS)
  }
  return { said, copy: () => void copy() }
}

const words: Record<Said, string | null> = {
  nothing: null,
  copied: 'Copied',
  refused: 'Not allowed to copy: select the text and copy it by hand',
}

export interface CopyIconProps {
  readonly text: string
  /** What is copied: "Pool id". Read out and shown on hover. */
  readonly what: string
}

export function CopyIcon({ text, what }: CopyIconProps) {
  const { said, copy } = useCopy(text)
  const Icon = said === 'copied' ? IconCheck : said === 'refused' ? IconX : IconCopy
  return (
    <Tooltip label={words[said] ?? `Copy ${what}`}>
      <ActionIcon
        size="sm"
        aria-label={words[said] ?? `Copy ${what}`}
        onClick={(event) => {
          event.stopPropagation()
          copy()
        }}
      >
        <Icon size={14} aria-hidden />
      </ActionIcon>
    </Tooltip>
  )
}

export interface CopyButtonProps extends Omit<ButtonProps, 'children'> {
  readonly text: string
  readonly label?: string
  readonly onCopied?: () => void
}

export function CopyButton({ text, label = 'Copy', onCopied, ...rest }: CopyButtonProps) {
  const { said, copy } = useCopy(text)
  useEffect(() => {
    if (said === 'copied') onCopied?.()
  }, [said, onCopied])
  return (
    <Button
      variant="default"
      leftSection={said === 'copied' ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
      onClick={copy}
      {...rest}
    >
      <span aria-live="polite">{words[said] ?? label}</span>
    </Button>
  )
}

/** An id, address or prefix in fixed width with its copy button. */
export function CopyText({ text, what }: CopyIconProps) {
  return (
    <Group gap={2} wrap="nowrap" display="inline-flex">
      <Code className={classes['text']}>{text}</Code>
      <CopyIcon text={text} what={what} />
    </Group>
  )
}

export interface CodeSnippetProps {
  readonly code: string
  /** For the copy button and for screen readers: "curl command". */
  readonly what: string
}

export function CodeSnippet({ code, what }: CodeSnippetProps) {
  return (
    <div className={classes['snippet']}>
      {/* Scrolls sideways, so it has to be reachable by keyboard. */}
      <pre tabIndex={0} aria-label={what} role="region">
        {code}
      </pre>
      <div className={classes['corner']}>
        <CopyIcon text={code} what={what} />
      </div>
    </div>
  )
}
