/** The bundle for whoever helps, shown exactly as it would be saved. */
import { Button, Checkbox, Group, Stack, Text } from '@mantine/core'
import { CopyButton, CopyText } from '../../components/copy.tsx'
import { Notice } from '../../components/notice.tsx'
import { LoadingState, QueryState } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { useRoute } from '../../lib/api.ts'
import { formatBytes } from '../../lib/format.ts'
import { switchParam, useUrlState } from '../../lib/url-state.ts'
import { useAction } from '../../lib/use-action.tsx'
import { useState } from 'react'
import classes from './settings.module.css'

const params = { names: switchParam() }

export function DiagnosticsTab() {
  const [{ names }, setParams] = useUrlState(params)
  const query = useRoute('diagnostics.preview', { names })
  const [saved, setSaved] = useState<{ path: string; bytes: number } | null>(null)
  const save = useAction('diagnostics.save', { onDone: setSaved })
  return (
    <Stack gap="sm">
      <Text c="dimmed">
        Versions, settings, sizes, counts of errors and the last lines of the log, for whoever helps you. It holds no
        secret, no prompt and no output. It is sent nowhere: you save it and decide.
      </Text>
      <Checkbox
        label="With the names of Pools, upstreams and keys"
        description="Without it they appear by their ids only."
        checked={names}
        onChange={(event) => setParams({ names: event.currentTarget.checked }, { replace: true })}
      />
      {saved !== null && (
        <Notice
          tone="ok"
          title={`Saved, ${formatBytes(saved.bytes)}`}
          label="Saved bundle"
          onClose={() => setSaved(null)}
        >
          <CopyText text={saved.path} what="path of the bundle" />
        </Notice>
      )}
      <QueryState query={query} what="The bundle" loading={<LoadingState rows={12} />}>
        {({ text, fileName, bytes, createdAt }) => (
          <>
            <Group gap="xs">
              <Button loading={save.isPending} onClick={() => save.fire({ names })}>
                Save
              </Button>
              <CopyButton text={text} label="Copy all" />
              <Button variant="default" loading={query.isFetching} onClick={() => void query.refetch()}>
                Look again
              </Button>
              <Text size="xs" c="dimmed">
                {fileName}, {formatBytes(bytes)}, as of <Time at={createdAt} />
              </Text>
            </Group>
            {/* Scrolls, so it has to be reachable by keyboard. */}
            <pre className={classes['preview']} tabIndex={0} role="region" aria-label="What would be saved">
              {text}
            </pre>
          </>
        )}
      </QueryState>
    </Stack>
  )
}
