/**
 * The newest job of a kind: how far it is, what it found, a way to start and to stop it. What runs is seen by every page
 * that is open, whoever started it. Its end makes old what long work changes: sizes, backups, the audit log, requests.
 */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { JobKind, JobOf } from '../../shared/models/job.ts'
import { useRoute } from './api.ts'
import { invalidateRoutes } from './live.ts'
import { useAction, type Action } from './use-action.tsx'

/** Not `job.`: that is told by events. */
const changedByWork = ['data.', 'backup.', 'audit.', 'request.', 'system.']

export interface JobView<K extends JobKind> {
  /** Null where none of this kind ran since the start of the core. */
  readonly job: JobOf<K> | null
  readonly isRunning: boolean
  readonly cancel: Action<'job.cancel'>
}

export function useJob<K extends JobKind>(kind: K): JobView<K> {
  const client = useQueryClient()
  const jobs = useRoute('job.list', {}).data
  const job = jobs?.find((each): each is JobOf<K> => each.kind === kind) ?? null
  const cancel = useAction('job.cancel')
  const isRunning = job?.state === 'running'
  const seen = useRef<string | null>(null)
  const now = jobs === undefined ? null : `${job?.id} ${job?.state}`
  useEffect(() => {
    const before = seen.current
    seen.current = now
    // One that was quick is never seen running.
    if (before === null || before === now || isRunning) return
    invalidateRoutes(client, changedByWork)
    // Asked once as a rule; here the answer is sure to be another.
    void client.invalidateQueries({ queryKey: ['retention.preview'] })
  }, [client, now, isRunning])
  return { job, isRunning, cancel }
}
