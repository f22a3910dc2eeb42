/** Everything an operator can do to Weir itself: what writes files or bundles facts must hold no secret either. */
import type { Call } from '../../src/main/host/headless/call.ts'
import type { Job } from '../../src/shared/models/job.ts'

async function ended(call: Call, job: Job | null): Promise<Job | null> {
  let row = job
  while (row?.state === 'running') row = await call('job.wait', { id: row.id, timeoutMs: 60_000 })
  if (row?.error) throw new Error(`${row.kind}: ${row.error.message}`)
  return row
}

export async function useOperations(call: Call): Promise<void> {
  const [newest] = (await call('audit.list', { limit: 1 })).rows
  await call('audit.get', { id: newest?.id ?? '' })
  await ended(call, await call('audit.verify', {}))
  await call('settings.reset', { keys: ['routing.maxAttempts'] })
  await call('sharing.status', {})
  await call('sharing.set', { address: 'loopback' })
  await call('retention.preview', { rule: { days: 1 } })
  await ended(call, await call('retention.apply', { rule: { days: 1 } }))
  await ended(call, (await call('data.compact', {})).job)
  await ended(call, await call('backup.create', {}))
  await ended(call, await call('backup.create', {}))
  const [latest, other] = await call('backup.list', {})
  await ended(call, await call('backup.check', { id: latest?.id ?? '' }))
  await ended(call, await call('backup.restore', { id: latest?.id ?? '' }))
  await call('data.status', {})
  await call('data.checkUsage', {})
  await call('data.checkUsage', {})
  await call('data.cancelNextStart', {})
  await call('backup.delete', { id: other?.id ?? '' })
  const [job] = await call('job.list', {})
  await call('job.get', { id: job?.id ?? '' })
  await call('job.cancel', { id: job?.id ?? '' })
  await call('diagnostics.preview', { names: true })
  await call('diagnostics.save', { names: true })
  await restart(call)
}

async function restart(call: Call): Promise<void> {
  const { startedAt } = await call('system.status', {})
  await call('system.restart', {})
  for (;;) {
    if ((await call('system.status', {})).startedAt > startedAt) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
