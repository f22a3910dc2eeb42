/** What the gateway would answer to a request that nobody sent, and why: step by step, in the order in which it decides. */
import { z } from 'zod'
import { withoutKeySecret } from '../key-text.ts'
import { timestamp } from './common.ts'
import { clientKind } from './request.ts'

export const doctorRoute = z.enum(['chat', 'responses', 'embeddings'])
export type DoctorRoute = z.infer<typeof doctorRoute>

export const DEFAULT_INPUT_TOKENS = 1_000
const MAX_SIZE = 1_000_000_000
const size = z.number().int().min(0).max(MAX_SIZE)

export const doctorQuestion = z
  .object({
    /** Its id, or its prefix; or those of a token that it lent. */
    key: z.string().trim().min(1).max(200).transform(withoutKeySecret),
    /** The credential as a client sends it, to be tried as well. Kept nowhere. */
    secret: z.string().min(1).max(500),
    /** As a tokenizer counts them. */
    inputTokens: size,
    /** Of the body; without `inputTokens` they are guessed from it. */
    inputBytes: size,
    /** The client's own maximum; left out where it names none. */
    outputTokens: size,
    serviceTier: z.string().trim().min(1).max(40),
    /** As the client tells it in a header: whether it would stay at an upstream is said then. Kept nowhere. */
    session: z.string().trim().min(1).max(200),
  })
  .partial()
  .extend({
    /** As the client asks for it; empty where it names none. */
    model: z.string().trim().max(300),
    route: doctorRoute.default('chat'),
    address: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1'),
    client: clientKind.default('other'),
    stream: z.boolean().default(false),
  })
export type DoctorQuestion = z.infer<typeof doctorQuestion>

/** `warning`: it passes, and an operator should know something. `skipped`: not looked at; the summary says why. */
export const doctorVerdict = z.enum(['pass', 'warning', 'fail', 'skipped'])
export type DoctorVerdict = z.infer<typeof doctorVerdict>

/** In the order of the gateway: the first that fails is what the client is told. */
export const doctorStepId = z.enum([
  'gateway',
  'credential',
  // Of an ephemeral token; missing where the key itself asks.
  'tokenRevoked',
  'tokenExpiry',
  'tokenAddress',
  'revoked',
  'expiry',
  'paused',
  'address',
  'pool',
  'size',
  'model',
  'fields',
  'upstreams',
  'price',
  'limits',
])
export type DoctorStepId = z.infer<typeof doctorStepId>

/** One figure, in words with its unit. */
export const doctorFact = z.object({
  label: z.string(),
  value: z.string(),
  /** Null where it only informs. */
  verdict: doctorVerdict.nullable(),
  /** The moment that ends `value`: "free again …". Null where there is none. */
  at: timestamp.nullable(),
})
export type DoctorFact = z.infer<typeof doctorFact>

export const doctorStep = z.object({
  id: doctorStepId,
  title: z.string(),
  verdict: doctorVerdict,
  /** What was found, in one sentence. */
  summary: z.string(),
  facts: z.array(doctorFact),
  /** The error that a client would get for this step alone. */
  code: z.string().nullable(),
  /** What an operator can do about it, and the page where. */
  fix: z.object({ text: z.string(), path: z.string().nullable() }).nullable(),
})
export type DoctorStep = z.infer<typeof doctorStep>

export const doctorReport = z.object({
  at: timestamp,
  /** Null where the secret opened none. */
  key: z.object({ id: z.string(), prefix: z.string(), name: z.string().nullable() }).nullable(),
  /** The ephemeral token that asks; null where the key itself does. */
  token: z.object({ id: z.string(), prefix: z.string(), name: z.string().nullable() }).nullable(),
  steps: z.array(doctorStep),
  passes: z.boolean(),
  /** To the client. Where it passes, 200 stands for whatever the upstream answers. */
  answer: z.object({
    status: z.number().int(),
    code: z.string().nullable(),
    message: z.string(),
    /** The step that decided; null where it passes. */
    step: doctorStepId.nullable(),
    retryAfterSeconds: z.number().nullable(),
    /** Whether a client is told not to try again by itself. */
    isFinal: z.boolean(),
  }),
  /** The upstream that would be tried first, and what is sent to it. */
  sent: z.object({ upstreamId: z.string(), model: z.string() }).nullable(),
})
export type DoctorReport = z.infer<typeof doctorReport>
