/** Exit codes of `npm start` and the `weir` command: a small table that scripts can act on, in the README too. */
import type { ErrorCode } from '../../../shared/errors.ts'

export const exitCodes = [
  { code: 0, meaning: 'Done.', errors: [] },
  { code: 1, meaning: 'Failed; the message says why.', errors: [] },
  { code: 2, meaning: 'The command line or an input is wrong.', errors: ['invalid_option', 'invalid_input'] },
  { code: 3, meaning: 'There is no such record.', errors: ['not_found'] },
  {
    code: 4,
    meaning: 'The present state does not allow it: name taken, wrong state, another instance.',
    errors: ['name_taken', 'state_conflict', 'instance_running', 'upstream_secret_missing', 'upstream_loops_back'],
  },
  {
    code: 5,
    meaning: 'No Weir is running, or the secret store is not usable.',
    errors: [
      'instance_not_running',
      'secret_store_unavailable',
      'vault_locked',
      'vault_wrong_passphrase',
      'vault_tampered',
    ],
  },
  {
    code: 6,
    meaning: 'Weir cannot start: port, data directory, disk or database.',
    errors: [
      'port_in_use',
      'data_dir_unwritable',
      'disk_full',
      'database_newer',
      'database_corrupt',
      'database_migration_failed',
    ],
  },
] as const satisfies readonly { code: number; meaning: string; errors: readonly ErrorCode[] }[]

export function exitCodeOf(code: ErrorCode): number {
  return exitCodes.find((row) => (row.errors as readonly ErrorCode[]).includes(code))?.code ?? 1
}

/** The README's table. */
export function exitCodesMarkdown(): string {
  const rows = exitCodes.map(
    (row) => `| ${row.code} | ${row.meaning} | ${row.errors.map((code) => `\`${code}\``).join(', ')} |`,
  )
  return ['| exit code | meaning | errors |', '|---|---|---|', ...rows].join('\n')
}
