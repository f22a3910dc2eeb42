/** Where the list is: a file on this machine, or an https address that the core fetches once. */
import { Button, FileInput, Group, SegmentedControl, Stack, Text, TextInput } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { PricePreview } from '../../../shared/models/price-import.ts'
import { formatShare } from '../../lib/format.ts'
import { errorLine, OperatorError } from '../../lib/operator-error.ts'
import { previewList, sourceProblem, type ListSource } from './read-list.ts'

export interface ImportSourceProps {
  readonly onPreview: (preview: PricePreview) => void
  readonly onClose: () => void
}

export function ImportSource({ onPreview, onClose }: ImportSourceProps) {
  const [kind, setKind] = useState<ListSource['kind']>('file')
  const [file, setFile] = useState<File | null>(null)
  const [url, setUrl] = useState('')
  const reading = useReading(onPreview)
  const problem = sourceProblem(kind === 'file' ? { file } : { url })
  const source: ListSource | null =
    problem !== null ? null : kind === 'address' ? { kind, url } : file === null ? null : { kind: 'file', file }
  const isTyped = kind === 'file' ? file !== null : url.trim() !== ''

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (source !== null) void reading.start(source)
      }}
    >
      <Stack gap="sm">
        <Text>
          An export of Weir, or a list in LiteLLM’s form (<code>model_prices_and_context_window.json</code>). It is
          compared with your prices first; nothing changes before you have seen it.
        </Text>
        <SegmentedControl
          aria-label="Where the list is"
          w="fit-content"
          value={kind}
          data={[
            { value: 'file', label: 'File' },
            { value: 'address', label: 'Address' },
          ]}
          onChange={(next) => {
            setKind(next === 'address' ? 'address' : 'file')
            reading.clear()
          }}
        />
        {kind === 'file' ? (
          <FileInput
            size="xs"
            label="File"
            description="JSON, at most 20 MB"
            placeholder="Choose a file"
            accept="application/json,.json"
            clearable
            clearButtonProps={{ 'aria-label': 'Choose no file' }}
            value={file}
            error={isTyped ? problem : null}
            onChange={(next) => {
              setFile(next)
              reading.clear()
            }}
          />
        ) : (
          <TextInput
            data-autofocus
            label="Address"
            description="Weir fetches it once, with a minute at most, and sends nothing along."
            placeholder="https://example.com/prices.json"
            autoComplete="off"
            spellCheck={false}
            value={url}
            error={isTyped && !'https://'.startsWith(url.trim().toLowerCase()) ? problem : null}
            onChange={(event) => {
              setUrl(event.currentTarget.value)
              reading.clear()
            }}
          />
        )}
        <ReadingError error={reading.error} />
        <Group justify="flex-end" gap="xs">
          <Text size="xs" c="dimmed" flex={1} id="import-reason" aria-live="polite">
            {reading.share === null ? problem : readingWords(kind, reading.share)}
          </Text>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            disabled={source === null}
            loading={reading.share !== null}
            aria-describedby="import-reason"
          >
            Compare
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function readingWords(kind: ListSource['kind'], share: number): string {
  if (kind === 'address') return 'Fetching and comparing…'
  return share < 1 ? `Reading the file: ${formatShare(share)}` : 'Comparing…'
}

function ReadingError({ error }: { readonly error: OperatorError | null }) {
  const said = useRef<HTMLParagraphElement>(null)
  useEffect(() => said.current?.focus(), [error])
  if (error === null) return null
  return (
    <Text role="alert" c="var(--tone-bad)" ref={said} tabIndex={-1}>
      {errorLine(error)}
    </Text>
  )
}

interface Reading {
  start(source: ListSource): Promise<void>
  clear(): void
  /** Of the file that was read, from 0 to 1; null while nothing is under way. */
  readonly share: number | null
  readonly error: OperatorError | null
}

/** Ends with the dialog, or when another source is chosen. */
function useReading(onPreview: (preview: PricePreview) => void): Reading {
  const [share, setShare] = useState<number | null>(null)
  const [error, setError] = useState<OperatorError | null>(null)
  const running = useRef<AbortController>(null)
  useEffect(() => () => running.current?.abort(), [])
  function clear(): void {
    running.current?.abort()
    setShare(null)
    setError(null)
  }
  return {
    async start(source) {
      clear()
      const controller = new AbortController()
      running.current = controller
      setShare(0)
      const { signal } = controller
      const onShare = (next: number) => {
        if (!signal.aborted) setShare(next)
      }
      try {
        const preview = await previewList(source, signal, onShare)
        if (!signal.aborted) onPreview(preview)
      } catch (thrown) {
        if (signal.aborted) return
        setShare(null)
        setError(OperatorError.from(thrown))
      }
    },
    clear,
    share,
    error,
  }
}
