/**
 * An audit entry as a sentence, for the page and the `weir` command alike: "Rotated key *laptop* in *Team*". Pure, and
 * without zod: the page imports it at run time. Every action has its row here; a test compares with the contract.
 */
import { raiseEndSentence, raiseSentence, resetSentence } from './audit-limits.ts'
import type { Actor, AuditEntry } from './models/audit.ts'

/** `strong`: a name or a figure, to be set apart from the words around it. */
export interface SentencePart {
  readonly text: string
  readonly strong: boolean
  /** Of a moment, epoch ms: for whoever can say it in a zone of his own. The text is in UTC. */
  readonly at?: number
}

type Facts = Pick<AuditEntry, 'targetName' | 'poolName' | 'before' | 'after'>

interface ActionSpec {
  /** For a filter's list. */
  readonly title: string
  /** `{name}`: the target. `{in}`: its Pool, where known. `{at 0}`: a moment. Words in `*` are strong. */
  readonly done: string | ((entry: Facts) => string)
  /** After "Failed to". */
  readonly failed: string
  /** What stands for a target without a name. */
  readonly unnamed?: string
}

export const auditActionTable = {
  'pool.create': { title: 'Pool created', done: 'Created Pool {name}', failed: 'create Pool {name}' },
  'pool.update': { title: 'Pool changed', done: poolChange, failed: 'change Pool {name}' },
  'pool.delete': { title: 'Pool deleted', done: poolDeletion, failed: 'delete Pool {name}' },
  'upstream.create': { title: 'Upstream added', done: 'Added upstream {name}', failed: 'add upstream {name}' },
  'upstream.update': { title: 'Upstream changed', done: upstreamChange, failed: 'change upstream {name}' },
  'upstream.setSecret': {
    title: 'Secret replaced',
    done: 'Replaced the secret of upstream {name}',
    failed: 'replace the secret of upstream {name}',
  },
  'upstream.pause': { title: 'Upstream paused', done: 'Paused upstream {name}', failed: 'pause upstream {name}' },
  'upstream.resume': { title: 'Upstream resumed', done: 'Resumed upstream {name}', failed: 'resume upstream {name}' },
  'upstream.refreshModels': {
    title: 'Models refreshed',
    done: 'Refreshed the models of upstream {name}',
    failed: 'refresh the models of upstream {name}',
  },
  'upstream.delete': { title: 'Upstream deleted', done: 'Deleted upstream {name}', failed: 'delete upstream {name}' },
  'upstream.authFailed': {
    title: 'Sign-in refused',
    done: 'Upstream {name} refused its credential and waits for a new one',
    failed: 'use the credential of upstream {name}',
  },
  'upstream.secretReconciled': {
    title: 'Secret reconciled',
    done: 'Brought the record of upstream {name} in line with its secret',
    failed: 'bring the record of upstream {name} in line with its secret',
  },
  'account.link': {
    title: 'Account signed in',
    done: 'Signed in account {name}',
    failed: 'sign in account {name}',
    unnamed: 'of ChatGPT',
  },
  'account.relink': {
    title: 'Account signed in again',
    done: 'Signed in account {name} again',
    failed: 'sign in account {name} again',
  },
  'account.refreshFailed': {
    title: 'Tokens not renewed',
    done: 'Renewed the tokens of account {name}',
    failed: 'renew the tokens of account {name}',
  },
  'account.redeemReset': {
    title: 'Saved reset sent',
    done: 'Sent a saved reset of account {name} to be used',
    failed: 'use a saved reset of account {name}',
  },
  'account.resetEnded': {
    title: 'Saved reset used',
    done: 'The saved reset of account {name} took',
    failed: 'use a saved reset of account {name}',
  },
  'account.settleReset': {
    title: 'Saved reset set aside',
    done: 'Set a saved reset of account {name} aside, of which nobody knows whether it took',
    failed: 'set a saved reset of account {name} aside',
  },
  'key.create': { title: 'Key created', done: 'Created key {name}{in}', failed: 'create key {name}{in}' },
  'key.update': { title: 'Key changed', done: keyChange, failed: 'change key {name}{in}' },
  'key.rotate': { title: 'Key rotated', done: rotation, failed: 'rotate key {name}{in}' },
  'key.endGrace': {
    title: 'Grace ended',
    done: 'Ended the grace of the old secret of key {name}{in}',
    failed: 'end the grace of the old secret of key {name}{in}',
  },
  'key.pause': { title: 'Key paused', done: 'Paused key {name}{in}', failed: 'pause key {name}{in}' },
  'key.resume': { title: 'Key resumed', done: 'Resumed key {name}{in}', failed: 'resume key {name}{in}' },
  'key.revoke': { title: 'Key revoked', done: 'Revoked key {name}{in}', failed: 'revoke key {name}{in}' },
  'key.raiseBudget': { title: 'Budget raised', done: raiseSentence, failed: 'raise a budget of key {name}{in}' },
  'key.endRaise': {
    title: 'Raise ended',
    done: raiseEndSentence,
    failed: 'end the raise of a budget of key {name}{in}',
  },
  'key.resetLimit': { title: 'Limit set back', done: resetSentence, failed: 'set a limit of key {name}{in} back' },
  'key.delete': { title: 'Key deleted', done: keyDeletion, failed: 'delete key {name}{in}' },
  'token.create': { title: 'Token made', done: tokenCreation, failed: 'make token {name}{in}' },
  'token.revoke': { title: 'Token revoked', done: tokenRevocation, failed: 'revoke token {name}{in}' },
  'session.release': {
    title: 'Session released',
    done: 'Released a session of key {name}{in}',
    failed: 'release a session of key {name}{in}',
  },
  'session.releaseAll': { title: 'Sessions released', done: sessionRelease, failed: 'release sessions' },
  'price.set': { title: 'Price set', done: 'Set the price of {name}', failed: 'set the price of {name}' },
  'price.remove': { title: 'Price given up', done: priceRemoval, failed: 'give the price of {name} up' },
  'price.import': { title: 'Prices imported', done: priceImport, failed: 'import prices from {name}' },
  'settings.update': { title: 'Settings changed', done: settingChange, failed: 'change settings' },
  'settings.reset': { title: 'Settings reset', done: settingReset, failed: 'put settings back to their defaults' },
  'sharing.set': { title: 'Gateway moved', done: move, failed: 'move the gateway' },
  'retention.apply': { title: 'Requests deleted by retention', done: retention, failed: 'bring the request log down' },
  'data.compact': { title: 'Database compacted', done: compaction, failed: 'compact the database' },
  'data.cancelNextStart': {
    title: 'Next start unplanned',
    done: 'Took back what the next start would have done to the database',
    failed: 'take back what the next start will do to the database',
  },
  'backup.create': {
    title: 'Backup made',
    done: 'Made backup {name}',
    failed: 'make a backup',
    unnamed: 'of the database',
  },
  'backup.restore': {
    title: 'Restore planned',
    done: 'Planned the restore of backup {name} for the next start',
    failed: 'plan the restore of backup {name}',
  },
  'backup.restored': { title: 'Backup restored', done: restoration, failed: 'restore backup {name} at the start' },
  'backup.delete': { title: 'Backup deleted', done: 'Deleted backup {name}', failed: 'delete backup {name}' },
  'diagnostics.save': {
    title: 'Diagnostics saved',
    done: 'Saved a diagnostics bundle',
    failed: 'save a diagnostics bundle',
  },
  'system.restart': { title: 'Restart', done: 'Restarted Weir', failed: 'restart Weir' },
} as const satisfies Record<string, ActionSpec>

export type AuditAction = keyof typeof auditActionTable

/** For a filter, in the order of the table. */
export const auditActions: readonly { readonly action: AuditAction; readonly title: string }[] = (
  Object.keys(auditActionTable) as AuditAction[]
).map((action) => ({ action, title: auditActionTable[action].title }))

const ACTORS: Readonly<Record<Actor, string>> = {
  operator: 'Operator',
  command: 'weir command',
  system: 'Weir',
  key: 'Pool key',
}

export function actorName(actor: Actor): string {
  return ACTORS[actor]
}

export function auditSentence(entry: AuditEntry): SentencePart[] {
  const spec: ActionSpec | undefined = isKnown(entry.action) ? auditActionTable[entry.action] : undefined
  if (spec === undefined) return partsOf(`{name}: ${entry.action}`, entry, undefined)
  if (entry.outcome === 'success') {
    return partsOf(typeof spec.done === 'string' ? spec.done : spec.done(entry), entry, spec.unnamed)
  }
  const why = entry.errorCode === null ? '' : ` (${entry.errorCode})`
  return [...partsOf(`Failed to ${spec.failed}`, entry, spec.unnamed), ...(why === '' ? [] : [plain(why)])]
}

/** The same as one line of text, names in quotation marks. */
export function auditText(entry: AuditEntry): string {
  return auditSentence(entry)
    .map((part) => (part.strong ? `“${part.text}”` : part.text))
    .join('')
}

function isKnown(action: string): action is AuditAction {
  return Object.hasOwn(auditActionTable, action)
}

function plain(text: string): SentencePart {
  return { text, strong: false }
}

/** Templates hold no text of an operator's; names come in here, as parts of their own, and cannot be taken for marks. */
function partsOf(template: string, entry: Facts, unnamed: string | undefined): SentencePart[] {
  const parts = template.split(/(\{name\}|\{in\}|\{at \d+\}|\*[^*]+\*)/).flatMap((piece): SentencePart[] => {
    if (piece === '{name}') {
      if (entry.targetName !== null) return [{ text: entry.targetName, strong: true }]
      return [plain(unnamed ?? '(unknown)')]
    }
    if (piece === '{in}') return entry.poolName === null ? [] : [plain(' in '), { text: entry.poolName, strong: true }]
    if (piece.startsWith('{at ')) return [momentPart(Number(piece.slice(4, -1)))]
    return piece.startsWith('*') ? [{ text: piece.slice(1, -1), strong: true }] : [plain(piece)]
  })
  return parts.filter((part) => part.text !== '')
}

function figure(value: unknown): string {
  return typeof value === 'number' ? value.toLocaleString('en-US') : '0'
}

function poolChange({ after }: Facts): string {
  const status = after?.['status']
  if (status === 'archived') return 'Archived Pool {name}'
  if (status === 'disabled') return 'Disabled Pool {name}'
  if (status === 'active') return 'Enabled Pool {name}'
  return `Changed ${fieldsOf(after, POOL_FIELDS)} of Pool {name}`
}

function upstreamChange({ after }: Facts): string {
  return `Changed ${fieldsOf(after, UPSTREAM_FIELDS)} of upstream {name}`
}

function keyChange({ after }: Facts): string {
  return `Changed ${fieldsOf(after, KEY_FIELDS)} of key {name}{in}`
}

const POOL_FIELDS: Readonly<Record<string, string>> = { assignments: 'upstreams' }
const UPSTREAM_FIELDS: Readonly<Record<string, string>> = {
  baseUrl: 'base URL',
  proxyUrl: 'proxy',
  manualModels: 'models',
  simulator: 'behaviour',
}
const KEY_FIELDS: Readonly<Record<string, string>> = {
  modelPolicy: 'models',
  enforced: 'enforced fields',
  allowedUpstreams: 'allowed upstreams',
  ipAllowlist: 'IP allowlist',
  canMakeTokens: 'who makes its tokens',
  expiresAt: 'expiry',
}

/** Names of fields, not of anybody's choice: "name, notes and 2 more". */
function fieldsOf(after: Facts['after'], words: Readonly<Record<string, string>>): string {
  const names = Object.keys(after ?? {}).map(
    (field) => words[field] ?? field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
  )
  if (names.length === 0) return 'nothing'
  if (names.length > 3) return `${names.slice(0, 2).join(', ')} and ${names.length - 2} more fields`
  return names.length === 1 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

function poolDeletion({ before }: Facts): string {
  const keys = before?.['keys']
  if (typeof keys !== 'number' || keys === 0) return 'Deleted Pool {name}'
  return `Deleted Pool {name} with *${figure(keys)}* ${keys === 1 ? 'key' : 'keys'}`
}

function keyDeletion({ before }: Facts): string {
  const requests = before?.['requests']
  if (typeof requests !== 'number' || requests === 0) return 'Deleted key {name}{in}'
  return `Deleted key {name}{in} with *${figure(requests)}* ${requests === 1 ? 'request' : 'requests'}`
}

function rotation({ after }: Facts): string {
  const until = after?.['previousUntil']
  if (typeof until !== 'number') return 'Rotated key {name}{in}'
  return `Rotated key {name}{in}; the old secret opens until {at ${until}}`
}

function tokenCreation({ after }: Facts): string {
  const until = after?.['expiresAt']
  const end = typeof until === 'number' ? `, which ends {at ${until}}` : ''
  return `Made token {name}${ofKey(after)}{in}${end}`
}

function tokenRevocation({ after }: Facts): string {
  return `Revoked token {name}${ofKey(after)}{in}`
}

function sessionRelease({ targetName, after }: Facts): string {
  const count = after?.['sessions']
  const what = `Released *${figure(count)}* ${count === 1 ? 'session' : 'sessions'}`
  return targetName === null ? what : `${what} of {name}{in}`
}

/** By its prefix, which is of Weir's making: a name could hold marks. */
function ofKey(after: Facts['after']): string {
  const key = after?.['key']
  return typeof key === 'string' && /^sk-weir-\w+$/.test(key) ? ` of key *${key}*` : ''
}

/** In UTC: who reads it may sit anywhere. `2026-03-01 14:05:09Z`. */
function momentPart(at: number): SentencePart {
  return { text: `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`, strong: true, at }
}

function priceRemoval({ after }: Facts): string {
  return after?.['source'] === 'bundled' ? 'Gave the own price of {name} up' : 'Took the price of {name} away'
}

function priceImport({ after }: Facts): string {
  const [added, changed] = [after?.['added'], after?.['changed']]
  return `Imported prices from {name}: *${figure(added)}* added, *${figure(changed)}* changed`
}

function settingNames(after: Facts['after']): string {
  const names = Object.keys(after ?? {}).filter((name) => /^[a-zA-Z.]+$/.test(name))
  if (names.length > 3) return `*${names.length}* settings`
  return `${names.length === 1 ? 'setting' : 'settings'} ${names.map((name) => `*${name}*`).join(', ')}`
}

function settingChange({ after }: Facts): string {
  return `Changed ${settingNames(after)}`
}

function settingReset({ after }: Facts): string {
  return `Put ${settingNames(after)} back to the default`
}

/** Addresses are checked before they are saved; anything else is not repeated inside a template. */
function move({ after }: Facts): string {
  const host = after?.['gateway.host']
  const port = after?.['gateway.port']
  const isAddress = typeof host === 'string' && /^[\w.:-]+$/.test(host)
  const to = [isAddress ? `address *${host}*` : '', typeof port === 'number' ? `port *${port}*` : '']
  return `Moved the gateway to ${to.filter((part) => part !== '').join(', ') || 'where it is'}`
}

function retention({ after }: Facts): string {
  const count = after?.['deletedRequests']
  return `Deleted *${figure(count)}* old ${count === 1 ? 'request' : 'requests'} from the log`
}

function compaction({ before, after }: Facts): string {
  if (after?.['atNextStart'] === true) return 'Planned to compact the database at the next start'
  const [from, to] = [before?.['bytes'], after?.['bytes']]
  if (typeof from !== 'number' || typeof to !== 'number') return 'Compacted the database'
  const megabytes = (Math.max(0, from - to) / 1_048_576).toLocaleString('en-US', { maximumFractionDigits: 1 })
  return `Compacted the database, which freed *${megabytes} MiB*`
}

function restoration({ after }: Facts): string {
  const replaced = after?.['replaced']
  const isId = typeof replaced === 'string' && /^[\w.-]+$/.test(replaced)
  return isId ? `Restored backup {name}; the database before it is kept as *${replaced}*` : 'Restored backup {name}'
}
