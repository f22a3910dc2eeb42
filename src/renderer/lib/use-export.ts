/**
 * One export: the core prepares a file, the browser fetches it like any download, and the figures of both come by events.
 * The file never passes through the page.
 */
import { useState } from 'react'
import type { ExportJob, ExportStart } from '../../shared/models/export.ts'
import type { RouteInput } from '../../shared/contract.ts'
import { useRoute } from './api.ts'
import { useAction } from './use-action.tsx'

export interface ExportView {
  /** The last one of this page; null before the first and once it was dismissed. */
  readonly job: ExportJob | null
  readonly isBusy: boolean
  start(input: RouteInput<'export.start'> & Pick<ExportStart, 'kind' | 'format'>): void
  cancel(): void
  dismiss(): void
}

export function useExport(): ExportView {
  const [started, setStarted] = useState<ExportJob | null>(null)
  const id = started?.id ?? ''
  const current = useRoute('export.get', { id }, { enabled: started !== null })
  const start = useAction('export.start', {
    onDone: (job) => {
      setStarted(job)
      fetchFile(job)
    },
  })
  const cancel = useAction('export.cancel')
  const job = started === null ? null : (current.data ?? started)
  return {
    job,
    isBusy: start.isPending || job?.state === 'waiting' || job?.state === 'running',
    start: start.fire,
    cancel: () => cancel.fire({ id }),
    dismiss: () => setStarted(null),
  }
}

function fetchFile({ path, fileName }: ExportJob): void {
  const link = document.createElement('a')
  link.href = path
  link.download = fileName
  link.click()
}
