/** Commands that keep Weir itself in order: the audit log's chain, data, backups, diagnostics. */
import { resolve } from 'node:path'
import { AppError, type ErrorCode, errorTable } from '../../../shared/errors.ts'
import type { Job, JobKind, JobOf, JobResult } from '../../../shared/models/job.ts'
import type { BackupCheck } from '../../../shared/models/data-care.ts'
import type { Call } from '../../host/headless/call.ts'
import { parseCount } from '../arguments.ts'
import type { Answer, Command, Context, FlagSpec } from '../command.ts'
import { bytes, count, facts, table, time } from '../format.ts'

const ruleFlags: readonly FlagSpec[] = [
  { name: 'days', value: 'N', help: 'Keep the requests of this many days, instead of the setting.' },
  { name: 'rows', value: 'N', help: 'Keep this many requests, instead of the setting.' },
]

export const careCommands: readonly Command[] = [
  {
    words: ['audit', 'verify'],
    args: [],
    flags: [],
    help: 'Walk the chain of the audit log; fails when an entry was changed or taken out.',
    run: verifyAudit,
  },
  { words: ['data', 'status'], args: [], flags: [], help: 'Sizes, rows, retention and backups.', run: dataStatus },
  {
    words: ['data', 'prune'],
    args: [],
    flags: [...ruleFlags, { name: 'dry-run', help: 'Say what would go, and delete nothing.' }],
    help: 'Delete the requests that retention does not keep. Sums per minute stay.',
    run: prune,
  },
  {
    words: ['data', 'compact'],
    args: [],
    flags: [],
    help: 'Give unused space of the database back.',
    run: compact,
  },
  { words: ['backup', 'create'], args: [], flags: [], help: 'Make a verified copy of the database.', run: create },
  { words: ['backup', 'list'], args: [], flags: [], help: 'List the backups, newest first.', run: list },
  {
    words: ['backup', 'check'],
    args: [{ name: 'BACKUP' }],
    flags: [],
    help: 'Check a backup of the list, or a file by its path.',
    run: check,
  },
  {
    words: ['backup', 'restore'],
    args: [{ name: 'BACKUP' }],
    flags: [],
    help: 'Check a backup and put it in place at the next start; the present database is kept.',
    run: restore,
  },
  { words: ['backup', 'delete'], args: [{ name: 'BACKUP' }], flags: [], help: 'Delete a backup.', run: remove },
  {
    words: ['diagnostics'],
    args: [],
    flags: [
      { name: 'names', help: 'With the names of Pools, upstreams and keys.' },
      { name: 'preview', help: 'Print it instead of saving it.' },
    ],
    help: 'Save a bundle for whoever helps, without secrets.',
    run: diagnostics,
  },
]

/** Waits for the end, however long it takes. A job that did not succeed is the command's error. */
async function resultOf<K extends JobKind>(call: Call, job: Job, kind: K): Promise<JobResult<K>> {
  let row: Job = job
  while (row.state === 'running') row = await call('job.wait', { id: row.id, timeoutMs: 20_000 })
  if (row.error !== null) throw new AppError(knownCode(row.error.code), row.error.message)
  if (row.kind !== kind || row.result === null)
    throw new AppError('cancelled', 'The work was cancelled before its end.')
  return (row as JobOf<K>).result as JobResult<K>
}

/** A code this version does not know comes from a newer one that runs. */
function knownCode(code: string): ErrorCode {
  return Object.hasOwn(errorTable, code) ? (code as ErrorCode) : 'internal'
}

async function verifyAudit({ call }: Context): Promise<Answer> {
  const verdict = await resultOf(call, await call('audit.verify', {}), 'audit.verify')
  const { broken, entries, head, anchor } = verdict
  const anchors = {
    matches: 'The end agrees with its copy in the secret store.',
    differs: 'The end does not agree with its copy in the secret store.',
    absent: 'The secret store has no copy of the end yet.',
    none: 'There is no secret store that could have a copy of the end.',
  }
  const problems = {
    altered: `Entry ${broken?.id} was changed.`,
    missing: `Entries before ${broken?.id} are missing.`,
    reordered: `Entry ${broken?.id} does not follow the one before it.`,
    truncated: broken?.id ? `Entries after ${broken.id} are missing.` : 'All entries are missing.',
  }
  const text = broken === null ? `The audit log is whole: ${count(entries)} entries.` : problems[broken.problem]
  return {
    json: verdict,
    text: `${text}\n${anchors[anchor]}\nHead: ${head.hash}\n`,
    exitCode: verdict.intact ? 0 : 1,
  }
}

async function dataStatus({ call }: Context): Promise<Answer> {
  const status = await call('data.status', {})
  const { database, disk, retention, nextStart } = status
  const { days, rows } = retention.rule
  const kept = [days ? `${count(days)} days` : '', rows ? `${count(rows)} requests` : ''].filter((part) => part !== '')
  const planned = [
    nextStart.restore === null ? '' : `restore of ${nextStart.restore.id}`,
    nextStart.compact ? 'compaction' : '',
  ].filter((part) => part !== '')
  return {
    json: status,
    text: facts([
      ['Data', status.dataDir],
      ['Database', `${bytes(database.bytes)}, of which ${bytes(database.reusableBytes)} unused`],
      ['Logs beside it', `${bytes(database.walBytes)} and ${bytes(database.journalBytes)}`],
      ['Free on disk', disk === null ? 'not known' : `${bytes(disk.freeBytes)} of ${bytes(disk.totalBytes)}`],
      ['Requests', `${count(status.rows['request'] ?? 0)}, since ${time(status.oldestRequestAt)}`],
      ['Audit entries', count(status.rows['audit'] ?? 0)],
      ['Kept', kept.length === 0 ? 'everything' : `the last ${kept.join(' or ')}, whichever is less`],
      [
        'Last backup',
        status.lastBackup === null ? 'none' : `${status.lastBackup.id}, ${time(status.lastBackup.createdAt)}`,
      ],
      ['Backups', bytes(status.backupBytes)],
      ['Next start', planned.length === 0 ? 'nothing planned' : planned.join(' and ')],
    ]),
  }
}

async function prune({ call, input }: Context): Promise<Answer> {
  const [days, rows] = [input.text('days'), input.text('rows')]
  const rule =
    days === undefined && rows === undefined
      ? undefined
      : { days: parseCount('days', days, 3_650) ?? null, rows: parseCount('rows', rows, 999_999_999) ?? null }
  const plan = rule === undefined ? {} : { rule }
  if (input.isOn('dry-run')) {
    const preview = await call('retention.preview', plan)
    const until = preview.until === null ? '' : `, the newest of ${time(preview.until)}`
    return {
      json: preview,
      text: `${count(preview.requests)} requests would go${until}; ${count(preview.remaining)} stay.\n`,
    }
  }
  const done = await resultOf(call, await call('retention.apply', plan), 'retention.apply')
  return { json: done, text: `${count(done.deletedRequests)} requests deleted.\n` }
}

async function compact({ call }: Context): Promise<Answer> {
  const { job } = await call('data.compact', {})
  if (job === null) return { json: { atNextStart: true }, text: 'The database is compacted at the next start.\n' }
  const done = await resultOf(call, job, 'data.compact')
  return { json: done, text: `${bytes(done.freedBytes)} freed; the database has ${bytes(done.databaseBytes)}.\n` }
}

async function create({ call }: Context): Promise<Answer> {
  const made = await resultOf(call, await call('backup.create', {}), 'backup.create')
  const { backup } = made
  return { json: made, text: `Backup ${backup.id}, ${bytes(backup.bytes)}, checked.\n${backup.path}\n` }
}

async function list({ call }: Context): Promise<Answer> {
  const backups = await call('backup.list', {})
  const rows = backups.map((row) => [row.id, row.kind, time(row.createdAt), bytes(row.bytes)])
  const text = table(['Backup', 'Kind', 'Made', 'Size'], rows, 'No backups yet. `weir backup create` makes one.')
  return { json: backups, text }
}

async function check({ call, input }: Context): Promise<Answer> {
  const wanted = input.args[0] ?? ''
  const which = /[/\\]|\.db$/.test(wanted) ? { path: resolve(wanted) } : { id: wanted }
  const found = await resultOf(call, await call('backup.check', which), 'backup.check')
  return { json: found, text: checkText(found), exitCode: found.ok ? 0 : 1 }
}

function checkText({ ok, finding, rows, version, newestRequestAt, bytes: size }: BackupCheck): string {
  if (!ok || rows === null) return `It cannot be restored. ${finding ?? ''}\n`
  return facts([
    ['State', `whole, ${bytes(size)}`],
    ['Version', version === 'older' ? 'an earlier one; it is migrated when it is restored' : 'this one'],
    ['Holds', `${count(rows.pools)} Pools, ${count(rows.upstreams)} upstreams, ${count(rows.keys)} keys`],
    ['Requests', `${count(rows.requests)}, the newest of ${time(newestRequestAt)}`],
    ['Audit entries', count(rows.auditEntries)],
  ])
}

async function restore({ call, input }: Context): Promise<Answer> {
  const staged = await resultOf(call, await call('backup.restore', { id: input.args[0] ?? '' }), 'backup.restore')
  const text =
    `${checkText(staged.check)}\n${staged.id} takes the database's place at the next start; the present one is kept.\n` +
    'Keys that were rotated, revoked or deleted since then work again as they did when the backup was made.\n'
  return { json: staged, text }
}

async function remove({ call, input }: Context): Promise<Answer> {
  const id = input.args[0] ?? ''
  return { json: await call('backup.delete', { id }), text: `Backup ${id} deleted.\n` }
}

async function diagnostics({ call, input }: Context): Promise<Answer> {
  const names = input.isOn('names')
  if (input.isOn('preview')) {
    const { text } = await call('diagnostics.preview', { names })
    return { json: JSON.parse(text), text }
  }
  const saved = await call('diagnostics.save', { names })
  return { json: saved, text: `Saved, ${bytes(saved.bytes)}: ${saved.path}\nLook through it before you pass it on.\n` }
}
