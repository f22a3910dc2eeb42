import type { ErrorSpec } from './spec.ts'

/** Errors of the operator surface, the secret store, the start and the database. No LLM client sees these. */
export const operatorErrors = {
  // Operator surface
  unauthorized: {
    status: 401,
    retry: 'never',
    meaning: 'The operator surface was called without a valid session.',
    next: 'Open a new sign-in link: `weir status` prints one.',
  },
  sign_in_link_invalid: {
    status: 401,
    retry: 'never',
    meaning: 'The sign-in link was used before, has expired, or is from an earlier run.',
    next: 'Run `weir status` for a new one.',
  },
  sender_not_allowed: {
    status: 403,
    retry: 'never',
    meaning: 'The call did not come from the operator surface itself.',
    next: 'Open the operator surface by its sign-in link.',
  },
  too_many_attempts: {
    status: 429,
    retry: 'later',
    meaning: 'Too many failed sign-ins.',
    next: 'Wait for the time in Retry-After.',
  },
  connection_lost: {
    status: 503,
    retry: 'later',
    meaning: 'The operator surface cannot reach Weir: it has stopped, or the connection to it broke.',
    next: 'Start Weir again if it has stopped. The page reconnects by itself.',
  },
  unknown_route: {
    status: 404,
    retry: 'never',
    meaning: 'The contract has no such route.',
    next: 'Update the caller: it does not match this version.',
  },
  invalid_input: {
    status: 400,
    retry: 'never',
    meaning: 'The input does not fit the contract; the details name each field.',
    next: 'Correct the named fields.',
  },
  not_found: {
    status: 404,
    retry: 'never',
    meaning: 'There is no such record.',
    next: 'List the records and use an id from there.',
  },
  name_taken: {
    status: 409,
    retry: 'never',
    meaning: 'Another record already has this name.',
    next: 'Choose another name.',
  },
  state_conflict: {
    status: 409,
    retry: 'never',
    meaning: "The record's state does not allow this action.",
    next: 'Follow the message: it names the state and what is possible in it.',
  },
  cancelled: {
    status: 409,
    retry: 'never',
    meaning: 'The work was cancelled before its end.',
    next: 'Start it again if it is still wanted.',
  },
  upstream_loops_back: {
    status: 400,
    retry: 'never',
    meaning: 'The base URL points back at Weir itself.',
    next: "Use the provider's own address.",
  },
  log_busy: {
    status: 429,
    retry: 'later',
    meaning: 'Too many questions about the request log wait already; they are answered one at a time.',
    next: 'Wait a moment and ask again, for a shorter time range if it repeats.',
  },
  upstream_secret_missing: {
    status: 409,
    retry: 'never',
    meaning: 'The upstream has no secret, and its kind needs one.',
    next: 'Set the secret of the upstream.',
  },
  price_list_not_allowed: {
    status: 400,
    retry: 'never',
    meaning: 'The address of a price list is not https, or leads to this machine.',
    next: 'Use an https address, or download the list and import the file.',
  },
  price_list_unreachable: {
    status: 502,
    retry: 'later',
    meaning: 'The address of a price list could not be read.',
    next: 'Check the address, or download the list and import the file.',
  },
  price_list_too_large: {
    status: 413,
    retry: 'never',
    meaning: 'A price list is larger than 20 MB.',
    next: 'Import the part of it that is needed.',
  },
  price_list_unreadable: {
    status: 400,
    retry: 'never',
    meaning: 'What was given is no price list in a form that Weir knows.',
    next: 'Give an export of Weir, or a list in the form of LiteLLM.',
  },
  // Secrets
  secret_store_unavailable: {
    status: 503,
    retry: 'never',
    meaning: 'There is neither a usable OS keychain nor an unlocked vault, and Weir stores no secret in plain text.',
    next: 'Unlock the OS keychain, or set WEIR_PASSPHRASE to use a passphrase vault.',
  },
  vault_locked: {
    status: 503,
    retry: 'never',
    meaning: 'Secrets are in a passphrase vault, and no passphrase was given.',
    next: 'Set WEIR_PASSPHRASE, or start from a terminal and type it.',
  },
  vault_wrong_passphrase: {
    status: 403,
    retry: 'never',
    meaning: 'The passphrase does not open the vault. The vault was not changed.',
    next: 'Try again with the right passphrase.',
  },
  vault_tampered: {
    status: 500,
    retry: 'never',
    meaning: 'The vault file is damaged or was changed by something else. It was not changed by Weir.',
    next: 'Restore the file from a backup, or move it away and enter the secrets again.',
  },
  // Start
  invalid_option: {
    status: 400,
    retry: 'never',
    meaning: 'A command-line flag or WEIR_* variable has a value that cannot be used.',
    next: 'Run with --help.',
  },
  port_in_use: {
    status: 500,
    retry: 'never',
    meaning: 'Another program listens on the port.',
    next: 'Stop that program, or start with another --port.',
  },
  instance_running: {
    status: 409,
    retry: 'never',
    meaning: 'Another Weir already owns this data directory.',
    next: 'Use the running one, or start with another --data-dir.',
  },
  instance_not_running: {
    status: 503,
    retry: 'never',
    meaning: 'The command needs a running Weir, and none owns this data directory.',
    next: 'Start Weir first.',
  },
  data_dir_unwritable: {
    status: 500,
    retry: 'never',
    meaning: 'The data directory cannot be created or written.',
    next: 'Correct its permissions, or start with another --data-dir.',
  },
  database_newer: {
    status: 500,
    retry: 'never',
    meaning: 'The database was written by a newer version of Weir. It was not changed.',
    next: 'Update Weir, or restore the copy taken before that update.',
  },
  database_corrupt: {
    status: 500,
    retry: 'never',
    meaning: 'The database file is damaged. It was not changed.',
    next: 'Restore one of the copies in the `backups` folder.',
  },
  database_migration_failed: {
    status: 500,
    retry: 'never',
    meaning: 'The database could not be brought to the current version. It was put back as it was.',
    next: 'Report the message; the verified copy is in the `backups` folder.',
  },
  disk_full: {
    status: 507,
    retry: 'later',
    meaning: 'The disk is full.',
    next: 'Free space on the disk that holds the data directory.',
  },
  internal: {
    status: 500,
    retry: 'never',
    meaning: 'Something in Weir went wrong.',
    next: 'Report it with the request id.',
  },
} as const satisfies Record<string, ErrorSpec>
