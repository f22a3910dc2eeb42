/** The audit log for its readers: lists, one entry, and the walk along its chain. All read on the reader's thread. */
import type { AuditDetail, AuditFilter, AuditPage, AuditVerdict } from '../../shared/models/audit.ts'
import type { JobOf } from '../../shared/models/job.ts'
import { AppError } from '../../shared/errors.ts'
import { emptyHead, type ChainHead } from '../db/audit-chain.ts'
import { cancelled } from '../db/care.ts'
import type { Reader } from '../db/reader.ts'
import type { AuditAnchor } from './audit-anchor.ts'
import type { JobControl, JobService } from './jobs.ts'
import { invalidField } from './record-id.ts'

export interface AuditService {
  list(filter: AuditFilter): Promise<AuditPage>
  get(id: string): Promise<AuditDetail>
  /** Walks the whole chain as a job. */
  verify(): JobOf<'audit.verify'>
}

/** Rows checked between two questions to the reader's thread: some milliseconds, so that lists are not held up. */
const SLICE = 500

export interface AuditServiceDeps {
  readonly reader: Pick<Reader, 'auditPage' | 'auditEntry' | 'auditHash' | 'chainSlice'>
  readonly jobs: Pick<JobService, 'start'>
  readonly anchor: Pick<AuditAnchor, 'read'>
  readonly now: () => number
}

function parseId(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}

function cursorOf(before: string | undefined): number {
  if (before === undefined) return Number.MAX_SAFE_INTEGER
  const id = parseId(before)
  if (id === null) throw invalidField('before', 'is not a cursor of this list')
  return id
}

export function createAuditService(deps: AuditServiceDeps): AuditService {
  const { reader, jobs } = deps
  return {
    list: async (filter) => reader.auditPage({ ...filter, below: cursorOf(filter.before) }),
    async get(text) {
      const id = parseId(text)
      const entry = id === null ? null : await reader.auditEntry(id)
      if (entry !== null) return entry
      throw new AppError('not_found', 'The audit log has no entry with this id. List it and use an id from there.')
    },
    verify: () => jobs.start('audit.verify', 'entries', async (control) => verify(deps, control)),
  }
}

async function verify({ reader, anchor, now }: AuditServiceDeps, control: JobControl): Promise<AuditVerdict> {
  // Read before the walk: what is appended meanwhile must not look like more than was kept.
  const kept = await anchor.read()
  let head: ChainHead = emptyHead
  const verdict = (broken: AuditVerdict['broken'], anchorState: AuditVerdict['anchor']): AuditVerdict => ({
    intact: broken === null,
    entries: head.entries,
    broken,
    head: { id: head.lastId === 0 ? null : String(head.lastId), hash: head.hash },
    anchor: anchorState,
    checkedAt: now(),
  })
  for (;;) {
    if (control.signal.aborted) throw cancelled()
    const slice = await reader.chainSlice({ head, limit: SLICE })
    head = slice.head
    control.progress(head.entries, Math.max(head.entries, slice.recorded.entries))
    if (slice.broken !== null) {
      const { id, at, problem } = slice.broken
      return verdict({ id: String(id), at, problem }, kept.state === 'none' ? 'none' : 'absent')
    }
    if (slice.isEnd) {
      const isWhole = slice.recorded.entries === head.entries && slice.recorded.hash === head.hash
      const anchorState = await compareAnchor(reader, kept, head)
      const isCut = !isWhole || anchorState === 'differs'
      return verdict(isCut ? lastOf(head) : null, anchorState)
    }
  }
}

/** The end of what is still there. */
function lastOf(head: ChainHead): NonNullable<AuditVerdict['broken']> {
  return { id: head.lastId === 0 ? null : String(head.lastId), at: null, problem: 'truncated' }
}

async function compareAnchor(
  reader: AuditServiceDeps['reader'],
  kept: Awaited<ReturnType<AuditAnchor['read']>>,
  head: ChainHead,
): Promise<AuditVerdict['anchor']> {
  if (kept.state !== 'kept') return kept.state
  const { entries, lastId, hash } = kept.head
  if (entries === 0) return 'matches'
  if (entries > head.entries) return 'differs'
  return (await reader.auditHash(lastId)) === hash ? 'matches' : 'differs'
}
