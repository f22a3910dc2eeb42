import { describe, expect, it } from 'vitest'
import { auditActions, auditActionTable, auditSentence, auditText, type AuditAction } from './audit-sentence.ts'
import { contract } from './contract.ts'
import type { AuditEntry } from './models/audit.ts'

function entry(action: string, change: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id: '1',
    at: 0,
    actor: 'operator',
    action,
    targetKind: 'key',
    targetId: null,
    targetName: 'laptop',
    poolName: 'Team',
    outcome: 'success',
    errorCode: null,
    before: null,
    after: null,
    ...change,
  }
}

/** Routes that change nothing that is kept, or only what the operator himself looks at. */
const UNAUDITED =
  /\.(list|get|status|query|series|summary|count|catalog|figures|attempts|health|readiness|readinessAll|state|test|probe|probeEdit|preview|previewPlan|replay|deletePreview|effectivePolicy|doctor|clientAddress|signInLink|wait|cancel|check|checkUsage|usage|usageAll|spend|verify|start|history|export|upload|begin|flow|found|resets|quota|quotaCourse|quotaRefresh)$/
/** Changes that are made of others: their rows carry the actions of those. */
const MADE_OF: Readonly<Record<string, readonly AuditAction[]>> = {
  'account.complete': ['account.link', 'account.relink'],
  'account.import': ['account.link', 'account.relink'],
  'setup.simulator': ['upstream.create'],
  'pool.duplicate': ['pool.create'],
  'upstream.assign': ['pool.update'],
  'key.duplicate': ['key.create'],
  'key.bulk': ['key.pause', 'key.resume', 'key.revoke'],
}
/** A saved filter is a bookmark of the page; a notice is read, which changes nothing of Weir. */
const NOT_OF_WEIR = new Set(['filter.save', 'filter.delete', 'notice.mark'])

describe('audit-sentence', () => {
  it('has a sentence for every route that changes something', () => {
    const changing = Object.keys(contract).filter((route) => !UNAUDITED.test(route) && !NOT_OF_WEIR.has(route))
    const known = (action: string) => Object.hasOwn(auditActionTable, action)
    expect(changing.length).toBeGreaterThan(20)
    expect(changing.filter((route) => !(MADE_OF[route] ?? [route]).every(known))).toEqual([])
  })

  it.each(auditActions)('says $action for success and failure, with facts and without', ({ action }) => {
    const facts = { status: 'active', keys: 1, requests: 2, bytes: 3, deletedRequests: 4, replaced: 'replaced-1' }
    for (const change of [{}, { before: facts, after: facts }, { targetName: null, poolName: null }] as const) {
      const text = auditText(entry(action, change))
      expect(text).toMatch(/^[A-Z].{5,}[^.]$/)
      expect(text).not.toMatch(/[{}*]|undefined|null/)
      const failed = auditText(entry(action, { ...change, outcome: 'failure', errorCode: 'disk_full' }))
      expect(failed).toMatch(/^Failed to .+ \(disk_full\)$/)
      expect(failed).not.toMatch(/[{}*]|undefined|null/)
    }
  })

  it.each([
    ['key.rotate', {}, 'Rotated key “laptop” in “Team”'],
    ['key.rotate', { poolName: null }, 'Rotated key “laptop”'],
    [
      'key.rotate',
      { after: { rotatedAt: 0, previousUntil: Date.UTC(2026, 2, 1, 14, 5, 9) } },
      'Rotated key “laptop” in “Team”; the old secret opens until “2026-03-01 14:05:09Z”',
    ],
    // A rotation at once ends the grace of the one before it.
    ['key.rotate', { after: { rotatedAt: 0, previousUntil: null } }, 'Rotated key “laptop” in “Team”'],
    [
      'key.raiseBudget',
      { after: { limit: 'budgetPerDay', model: null, addNanos: 5_000_000_000, until: Date.UTC(2026, 2, 1) } },
      'Raised the budget per day of key “laptop” in “Team” by “$5.00” until “2026-03-01 00:00:00Z”',
    ],
    [
      'key.endRaise',
      { before: { addNanos: 1_250_000 }, after: { limit: 'budgetTotal', model: 'gpt-5', until: 0 } },
      'Ended the raise of “$0.00125” of the budget in total for “gpt-5” of key “laptop” in “Team”',
    ],
    [
      'key.resetLimit',
      { before: { used: 12_345 }, after: { limit: 'tokensPerDay', model: '*{name}*', used: 0 } },
      'Set the tokens per day for some models of key “laptop” in “Team” back from “12,345” used',
    ],
    ['key.endGrace', {}, 'Ended the grace of the old secret of key “laptop” in “Team”'],
    ['key.update', { after: { name: 'b', expiresAt: 1 } }, 'Changed name and expiry of key “laptop” in “Team”'],
    ['key.delete', { before: { requests: 1234 } }, 'Deleted key “laptop” in “Team” with “1,234” requests'],
    [
      'token.create',
      { after: { key: 'sk-weir-0123456789', expiresAt: Date.UTC(2026, 2, 1, 14, 5, 9) } },
      'Made token “laptop” of key “sk-weir-0123456789” in “Team”, which ends “2026-03-01 14:05:09Z”',
    ],
    // Whatever stands there, only a prefix is repeated.
    ['token.revoke', { after: { key: '*x*' } }, 'Revoked token “laptop” in “Team”'],
    ['session.release', { after: { sessions: 1 } }, 'Released a session of key “laptop” in “Team”'],
    ['session.releaseAll', { poolName: null, after: { sessions: 1_200 } }, 'Released “1,200” sessions of “laptop”'],
    ['session.releaseAll', { targetName: null, after: { sessions: 1 } }, 'Released “1” session'],
    ['pool.update', { after: { status: 'archived' } }, 'Archived Pool “laptop”'],
    ['pool.delete', { before: { keys: 1 } }, 'Deleted Pool “laptop” with “1” key'],
    ['settings.update', { after: { 'routing.maxAttempts': 4 } }, 'Changed setting “routing.maxAttempts”'],
    ['sharing.set', { after: { 'gateway.host': '0.0.0.0' } }, 'Moved the gateway to address “0.0.0.0”'],
    ['retention.apply', { after: { deletedRequests: 1 } }, 'Deleted “1” old request from the log'],
    [
      'data.compact',
      { before: { bytes: 2_097_152 }, after: { bytes: 0 } },
      'Compacted the database, which freed “2 MiB”',
    ],
    ['future.action', {}, '“laptop”: future.action'],
  ] satisfies [string, Partial<AuditEntry>, string][])('%s %j', (action, change, text) => {
    expect(auditText(entry(action, change))).toBe(text)
  })

  it('takes no mark in a name for one of its own', () => {
    const parts = auditSentence(entry('key.create', { targetName: '*{in}* {name}', poolName: '{name}' }))
    expect(parts).toEqual([
      { text: 'Created key ', strong: false },
      { text: '*{in}* {name}', strong: true },
      { text: ' in ', strong: false },
      { text: '{name}', strong: true },
    ])
  })
})
