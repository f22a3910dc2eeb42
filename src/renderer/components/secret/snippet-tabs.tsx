/**
 * What a client needs, ready to paste. Only the line that sets the variable holds the secret, and only while there is one:
 * without it a placeholder stands there.
 */
import { Group, SegmentedControl, Stack, Tabs, Text } from '@mantine/core'
import { useState } from 'react'
import { clientSnippets, type ClientSnippet, type SnippetId } from '../../../shared/client-snippets.ts'
import type { PoolKey } from '../../../shared/models/key.ts'
import { useRoute } from '../../lib/api.ts'
import { CodeSnippet } from '../copy.tsx'
import type { FreshSecret } from './fresh-secret.ts'
import { usableModels } from './usable-models.ts'

type Shell = 'sh' | 'powershell'

/** What stands on a tab, where the whole label is too long for all of them to stand in one line. */
const tabWords: Readonly<Partial<Record<SnippetId, string>>> = {
  'codex-openai': 'Codex, built-in',
  'openai-python': 'Python',
  'openai-js': 'JavaScript',
  'ai-sdk': 'Vercel AI',
}

export interface SnippetTabsProps {
  readonly policy: Pick<PoolKey, 'poolId' | 'modelPolicy' | 'enforced'>
  readonly secret: FreshSecret | null
  /** Which client; left out, the tabs keep that themselves. */
  readonly client?: string
  readonly onClient?: (id: string) => void
}

export function SnippetTabs({ policy, secret, client, onClient }: SnippetTabsProps) {
  const status = useRoute('system.status', {}).data
  const catalog = useRoute('model.catalog', {}).data
  const [own, setOwn] = useState('codex')
  const [shell, setShell] = useState<Shell>(navigator.userAgent.includes('Windows') ? 'powershell' : 'sh')
  if (status === undefined || catalog === undefined) return null
  const model = policy.enforced.model ?? usableModels(catalog, policy)[0] ?? 'model-id'
  const text = secret?.text() ?? ''
  const snippets = clientSnippets({
    baseUrl: status.gateway.url,
    model,
    shell,
    ...(text === '' ? {} : { secret: text }),
  })
  const shown = snippets.some(({ id }) => id === client) ? client : own
  return (
    <Tabs
      // Another one without the secret: React keeps the last props of what it goes on with, and these hold the text.
      key={text === '' ? 'blank' : 'secret'}
      value={shown ?? 'codex'}
      onChange={(next) => {
        if (next === null) return
        setOwn(next)
        onClient?.(next)
      }}
      keepMounted={false}
    >
      <Tabs.List>
        {snippets.map(({ id, label }) => (
          <Tabs.Tab key={id} value={id} px={6} py={6} fz="xs" title={label} aria-label={label}>
            {tabWords[id] ?? label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {snippets.map((snippet) => (
        <Tabs.Panel key={snippet.id} value={snippet.id} pt="xs">
          <Snippet snippet={snippet} shell={shell} onShell={setShell} />
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}

interface SnippetProps {
  readonly snippet: ClientSnippet
  readonly shell: Shell
  readonly onShell: (shell: Shell) => void
}

function Snippet({ snippet, shell, onShell }: SnippetProps) {
  const { label, file, code, setup, command, notes } = snippet
  return (
    <Stack gap={6}>
      <Group justify="space-between" gap="xs">
        <Text size="xs" c="dimmed">
          In the terminal, the secret into its variable:
        </Text>
        <SegmentedControl
          aria-label="Terminal"
          value={shell}
          onChange={(next) => onShell(next === 'powershell' ? 'powershell' : 'sh')}
          data={[
            { value: 'sh', label: 'sh' },
            { value: 'powershell', label: 'PowerShell' },
          ]}
        />
      </Group>
      <CodeSnippet code={setup} what={`${label}: the variable`} />
      <Text size="xs" c="dimmed">
        {file === null ? 'Then:' : `In ${file}:`}
      </Text>
      <CodeSnippet code={code} what={file === null ? label : `${label}: ${file}`} />
      {command !== null && <CodeSnippet code={command} what={`${label}: the command`} />}
      {notes.map((note) => (
        <Text key={note} size="xs" c="dimmed">
          {note}
        </Text>
      ))}
    </Stack>
  )
}
