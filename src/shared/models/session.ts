/** Where sessions and what they own are: in memory, bounded, with an end. Their names are never kept, only a short hash. */
import { z } from 'zod'
import { timestamp } from './common.ts'

/**
 * `session`: a preference, which gives way when its upstream may not serve. The others are owners: what they own is at
 * that upstream alone. `response`: a `previous_response_id`. `file`: a file id. `turn`: a turn state. `socket`: a live
 * WebSocket.
 */
export const affinityKind = z.enum(['session', 'response', 'file', 'turn', 'socket'])
export type AffinityKind = z.infer<typeof affinityKind>

/** What of a session's place a request used. Part of its plan note. */
export const affinityNote = z.object({
  kind: affinityKind,
  /** The upstream that the session, or what the request refers to, was at. */
  upstreamId: z.string(),
  /** `kept`: it went there. `moved`: it could not, and did not have to; `reason` says why. `broken`: it had to, and could not. */
  outcome: z.enum(['kept', 'moved', 'broken']),
  /** The exclusion's reason; null where it was kept. */
  reason: z.string().nullable(),
})
export type AffinityNote = z.infer<typeof affinityNote>

/** One session of a key and where it is at home. */
export const liveSession = z.object({
  /** A short hash, which tells sessions apart and nothing else. */
  id: z.string(),
  keyId: z.string(),
  poolId: z.string(),
  upstreamId: z.string(),
  /** The model asked last. */
  model: z.string(),
  client: z.string(),
  since: timestamp,
  lastAt: timestamp,
  /** When the preference is forgotten if nothing comes. */
  expiresAt: timestamp,
  requests: z.number().int(),
  inputTokens: z.number().int(),
  cachedTokens: z.number().int(),
  /** How often it changed its upstream. */
  moves: z.number().int(),
  /** A WebSocket of the client is open now. */
  hasSocket: z.boolean(),
})
export type LiveSession = z.infer<typeof liveSession>

export const sessionQuery = z.object({
  upstreamId: z.string().optional(),
  keyId: z.string().optional(),
  poolId: z.string().optional(),
  limit: z.number().int().min(1).max(500).default(100),
})
export type SessionQuery = z.infer<typeof sessionQuery>

/** Latest first. */
export const sessionPage = z.object({
  rows: z.array(liveSession),
  /** Those that match, and how many Weir remembers at most. */
  total: z.number().int(),
  most: z.number().int(),
})
export type SessionPage = z.infer<typeof sessionPage>
