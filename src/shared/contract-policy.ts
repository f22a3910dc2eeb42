/** The part of the contract that is about what keys use up: by hand, by tokens of theirs, and what the operator is told. */
import { z } from 'zod'
import { ephemeralToken, tokenDraft, tokenWithSecret } from './models/ephemeral-token.ts'
import { poolKey } from './models/key.ts'
import { budgetRaiseInput, keySpend, keyUsage, keyUsageGlance, limitOfKey } from './models/limit.ts'
import { noticeFilter, noticeMark, noticePage } from './models/notice.ts'

const byId = z.object({ id: z.string() })

export const policyRoutes = {
  /** How full each of its limits is now. */
  'key.usage': { input: byId, output: keyUsage },
  /** The same of every key, for a list. Keys without limits are left out. */
  'key.usageAll': { input: z.object({}), output: z.array(keyUsageGlance) },
  /** What it used, day by day of the operator's calendar. */
  'key.spend': { input: byId.extend({ days: z.number().int().min(1).max(62).default(31) }), output: keySpend },
  /** More of one budget until a moment, in place of an earlier raise of it. */
  'key.raiseBudget': { input: budgetRaiseInput, output: poolKey },
  /** At once; changes nothing where there is no raise. */
  'key.endRaise': { input: budgetRaiseInput.pick({ id: true, overrideId: true, field: true }), output: poolKey },
  /** What was used in the running period counts no more. Running requests go on counting. */
  'key.resetLimit': { input: limitOfKey, output: poolKey },

  /** Newest first; those that ended stay in the list for 30 days. */
  'token.list': { input: z.object({ keyId: z.string() }), output: z.array(ephemeralToken) },
  'token.create': { input: tokenDraft, output: tokenWithSecret },
  /** By its id, or its prefix. Refused from the next request on; final. */
  'token.revoke': { input: byId, output: ephemeralToken },

  /** Newest first. */
  'notice.list': { input: noticeFilter, output: noticePage },
  'notice.mark': { input: noticeMark, output: z.object({ unread: z.number().int() }) },
} satisfies Record<string, { input: z.ZodType; output: z.ZodType }>
