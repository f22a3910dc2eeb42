import { z } from 'zod'
import type { SettingGroup } from './setting-groups.ts'
import { isTimeZone } from './setting-zone.ts'

export type SettingUnit = 'ms' | 'bytes' | 'count' | 'days' | 'none'

/**
 * Every setting: one table, rendered by the admin page, documented in docs/settings.md, checked by a test. A value that
 * the operator never touched is not stored, so a better default reaches everybody. Its range is in the schema.
 */
export interface SettingSpec {
  readonly schema: z.ZodType
  readonly default: unknown
  readonly unit: SettingUnit
  readonly group: SettingGroup
  readonly title: string
  readonly help: string
  /** What a change does to running and new work. */
  readonly affects: string
  /** Takes effect at the next start only. */
  readonly restart: boolean
}

const whole = (min: number, max: number) => z.number().int().min(min).max(max)
const hostName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9.:_-]+$/)

const timeZone = z
  .string()
  .trim()
  .max(60)
  .refine((text) => text === '' || isTimeZone(text), 'must be a time zone such as Europe/Zurich, or empty')
  .describe('a time zone, or empty')

const issuerAddress = z
  .url({ protocol: /^https?$/ })
  .max(300)
  .regex(/^(?:https:\/\/[^/@?#]+|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?)(?:\/[^?#]*)?$/)
  .describe('an https address')

const NEXT_REQUEST = 'Requests from now on; running ones keep what they began with.'
const RUNNING_TOO = 'Running requests and new ones.'
const NEXT_START = 'Everything from the next start on.'

type Rest = Pick<SettingSpec, 'group' | 'title' | 'help'> & Partial<Pick<SettingSpec, 'unit' | 'affects' | 'restart'>>

function setting<S extends z.ZodType>(schema: S, initial: z.output<S>, rest: Rest) {
  const { unit = 'none', restart = false, affects = restart ? NEXT_START : NEXT_REQUEST, ...words } = rest
  return { schema, default: initial, unit, restart, affects, ...words }
}

export const settingsTable = {
  'gateway.host': setting(hostName, '127.0.0.1', {
    group: 'sharing',
    title: 'Address of the gateway',
    help: 'Address the gateway listens on. Anything but 127.0.0.1 or ::1 lets other machines of the network use it with a valid key, over unencrypted HTTP. The admin port never follows.',
    affects: 'Who can reach the gateway. Sharing moves it at once; saved here, it moves at the next start.',
    restart: true,
  }),
  'gateway.port': setting(whole(0, 65_535), 4141, {
    group: 'sharing',
    title: 'Port of the gateway',
    help: 'Port of the gateway; 0 lets the system choose.',
    affects: 'The base URL that clients hold. Sharing moves it at once; saved here, it moves at the next start.',
    restart: true,
  }),
  'gateway.allowedHosts': setting(z.array(hostName).max(50), [], {
    group: 'sharing',
    title: 'Further host names',
    help: 'Host names clients may use besides localhost and IP addresses.',
    affects: 'Requests from now on.',
  }),
  'gateway.allowedOrigins': setting(z.array(z.string().max(300)).max(50), [], {
    group: 'sharing',
    title: 'Allowed web origins',
    help: 'Web origins that may call the gateway; none by default.',
    affects: 'Requests from now on.',
  }),
  'gateway.maxBodyBytes': setting(whole(1_024, 1_073_741_824), 67_108_864, {
    group: 'limits',
    title: 'Largest body',
    unit: 'bytes',
    help: 'Largest request body, compressed or not.',
  }),
  'gateway.maxUploadBytes': setting(whole(1_024, 1_073_741_824), 27_262_976, {
    group: 'limits',
    title: 'Largest upload',
    unit: 'bytes',
    help: 'Largest body that brings a file or a recording. The default holds one of 25 MiB and what is around it.',
  }),
  'gateway.maxCompressionRatio': setting(whole(1, 10_000), 200, {
    group: 'limits',
    title: 'Largest compression ratio',
    unit: 'count',
    help: 'Largest ratio of a decoded request body to its compressed form.',
  }),
  'gateway.maxConcurrentRequests': setting(whole(1, 100_000), 4_096, {
    group: 'limits',
    title: 'Requests at a time',
    unit: 'count',
    help: 'Requests served at the same time.',
    affects: 'New requests; those above the limit are refused, running ones are not cut.',
  }),
  'gateway.maxSockets': setting(whole(0, 100_000), 2_000, {
    group: 'limits',
    title: 'Open WebSockets',
    unit: 'count',
    help: 'WebSockets of clients that may be open at the same time; with 0 clients use HTTP only.',
    affects: 'New WebSockets; those above the limit are refused, open ones stay.',
  }),
  'gateway.maxUpstreamSockets': setting(whole(1, 100_000), 2_000, {
    group: 'limits',
    title: 'WebSockets to upstreams',
    unit: 'count',
    help: 'WebSockets to all upstreams together. Beyond that the one that was idle longest is closed, or the turn goes over HTTP.',
    affects: 'New WebSockets; open ones stay.',
  }),
  'gateway.maxSocketsPerUpstream': setting(whole(1, 100_000), 500, {
    group: 'limits',
    title: 'WebSockets to one upstream',
    unit: 'count',
    help: 'The same for each upstream.',
    affects: 'New WebSockets; open ones stay.',
  }),
  'gateway.bodyTimeoutMs': setting(whole(100, 3_600_000), 30_000, {
    group: 'timeouts',
    title: 'Wait for the body',
    unit: 'ms',
    help: 'Longest wait for a complete request body.',
  }),
  'gateway.connectTimeoutMs': setting(whole(100, 120_000), 10_000, {
    group: 'timeouts',
    title: 'Wait for a connection',
    unit: 'ms',
    help: 'Longest wait for a connection to an upstream.',
    restart: true,
  }),
  'gateway.firstByteTimeoutMs': setting(whole(100, 3_600_000), 600_000, {
    group: 'timeouts',
    title: 'Wait for the first byte',
    unit: 'ms',
    help: "Longest wait for the first byte of an upstream's answer.",
  }),
  'gateway.idleTimeoutMs': setting(whole(100, 3_600_000), 300_000, {
    group: 'timeouts',
    title: 'Silence of an upstream',
    unit: 'ms',
    help: "Longest silence inside an upstream's answer before it counts as dead.",
  }),
  'gateway.keepAliveMs': setting(whole(100, 3_600_000), 15_000, {
    group: 'timeouts',
    title: 'Keep-alive of streams',
    unit: 'ms',
    help: 'Silence of a stream after which the client gets a keep-alive in a form it honours.',
  }),
  'gateway.holdEventsMs': setting(whole(0, 60_000), 1_000, {
    group: 'timeouts',
    title: 'Hold of the first events',
    unit: 'ms',
    help: 'How long the events before the first output are held back, so that an early error can still move to another upstream.',
  }),
  'gateway.holdBytes': setting(whole(0, 16_777_216), 65_536, {
    group: 'timeouts',
    title: 'Hold of short answers',
    unit: 'bytes',
    help: 'Answers up to this size are checked whole before the client sees them, so that a broken one can still move to another upstream.',
  }),
  'gateway.clientStallMs': setting(whole(1_000, 3_600_000), 120_000, {
    group: 'timeouts',
    title: 'Client that does not read',
    unit: 'ms',
    help: 'How long a client may refuse to read before it is cut off.',
  }),
  'gateway.socketPingMs': setting(whole(100, 3_600_000), 25_000, {
    group: 'timeouts',
    title: 'Time between pings',
    unit: 'ms',
    help: 'How often an open WebSocket is asked for a sign of life; one that gave none by the next time is cut off.',
    affects: 'Open WebSockets and new ones.',
  }),
  'gateway.socketIdleMs': setting(whole(1_000, 86_400_000), 1_800_000, {
    group: 'timeouts',
    title: 'WebSocket without turns',
    unit: 'ms',
    help: 'How long a WebSocket may stay open without a turn before it is closed.',
    affects: 'Open WebSockets and new ones.',
  }),
  'gateway.drainTimeoutMs': setting(whole(0, 600_000), 10_000, {
    group: 'timeouts',
    title: 'Time to finish at shutdown',
    unit: 'ms',
    help: 'How long running requests may finish at shutdown before they are cut.',
    affects: RUNNING_TOO,
  }),
  'routing.maxAttempts': setting(whole(1, 20), 3, {
    group: 'routing',
    title: 'Attempts per request',
    unit: 'count',
    help: 'Upstreams one request may try.',
  }),
  'routing.cooldownMs': setting(whole(0, 3_600_000), 15_000, {
    group: 'routing',
    title: 'Rest after a failure',
    unit: 'ms',
    help: 'Rest of an upstream after a failure that named no Retry-After.',
    affects: 'Rests that begin from now on.',
  }),
  'routing.maxCooldownMs': setting(whole(1_000, 86_400_000), 3_600_000, {
    group: 'routing',
    title: 'Longest rest',
    unit: 'ms',
    help: "Longest rest, whatever an upstream's Retry-After says.",
    affects: 'Rests that begin from now on.',
  }),
  'routing.quotaCooldownMs': setting(whole(0, 86_400_000), 300_000, {
    group: 'routing',
    title: 'Rest after a used up quota',
    unit: 'ms',
    help: 'Rest of an upstream whose account has no quota or credit left, where it does not say until when.',
    affects: 'Rests that begin from now on.',
  }),
  'routing.breakerFailures': setting(whole(0, 100), 3, {
    group: 'routing',
    title: 'Failures until the circuit opens',
    unit: 'count',
    help: 'Failures in a row after which an upstream is left out for this model and route; 0 never leaves one out.',
    affects: 'Failures from now on.',
  }),
  'routing.breakerOpenMs': setting(whole(100, 3_600_000), 60_000, {
    group: 'routing',
    title: 'First time the circuit is open',
    unit: 'ms',
    help: 'How long such an upstream is left out before one request tries it again; twice as long each time that one fails.',
    affects: 'Circuits that open from now on.',
  }),
  'routing.breakerMaxOpenMs': setting(whole(100, 86_400_000), 600_000, {
    group: 'routing',
    title: 'Longest time the circuit is open',
    unit: 'ms',
    help: 'The longest that an upstream is left out for a model before one request tries it again.',
    affects: 'Circuits that open from now on.',
  }),
  'routing.modelMissingMs': setting(whole(0, 86_400_000), 600_000, {
    group: 'routing',
    title: 'Rest after an unknown model',
    unit: 'ms',
    help: 'How long an upstream that answered that it has no such model stands back for that model.',
    affects: 'Answers from now on.',
  }),
  'routing.retryBudgetPercent': setting(whole(0, 1_000), 20, {
    group: 'routing',
    title: 'Retries at failing upstreams',
    unit: 'count',
    help: "Retries at upstreams whose last answer was a failure, in percent of the Pool's requests of the last minute; 10 more are always allowed.",
    affects: 'Retries from now on.',
  }),
  'routing.sessionTtlMs': setting(whole(10_000, 604_800_000), 3_600_000, {
    group: 'routing',
    title: 'Memory for a session',
    unit: 'ms',
    help: 'How long after its last request a session is still sent to the upstream that it was at.',
    affects: 'Sessions of now and of later.',
  }),
  'routing.ownerTtlMs': setting(whole(10_000, 2_592_000_000), 86_400_000, {
    group: 'routing',
    title: 'Memory for responses and files',
    unit: 'ms',
    help: 'How long it is remembered at which upstream a response, a file or a turn is that a later request may refer to.',
    affects: 'What is remembered now, and later.',
  }),
  'limits.zone': setting(timeZone, '', {
    group: 'keys',
    title: 'Time zone of limits',
    help: "Time zone whose days, weeks and months limits and budgets of keys count by, such as Europe/Zurich; empty is this machine's own. Another zone counts the log anew at the start.",
    restart: true,
  }),
  'limits.defaultOutputTokens': setting(whole(1, 1_000_000), 8_192, {
    group: 'keys',
    title: 'Output tokens when nobody says',
    unit: 'count',
    help: 'Output tokens that limits and budgets of keys reserve for an answer where neither the client nor the model says its maximum.',
  }),
  'privacy.dropWorkspaceMetadata': setting(z.boolean(), true, {
    group: 'privacy',
    title: 'Drop workspace metadata',
    help: "Do not pass Codex's workspace metadata (folder, git remote, commit) on to third parties. Upstreams at api.openai.com and ChatGPT accounts still get it.",
  }),
  'models.refreshIntervalMs': setting(whole(60_000, 604_800_000), 21_600_000, {
    group: 'models',
    title: 'Refresh of model lists',
    unit: 'ms',
    help: "How often each upstream's model list is fetched.",
    affects: 'The schedule from now on.',
  }),
  'accounts.issuer': setting(issuerAddress, 'https://auth.openai.com', {
    group: 'accounts',
    title: 'Who signs in',
    help: 'Address at which ChatGPT accounts sign in.',
    affects: 'Sign-ins that begin from now on. An account renews its tokens where they came from.',
  }),
  'accounts.callbackPort': setting(whole(0, 65_535), 1_455, {
    group: 'accounts',
    title: 'Port of the browser sign-in',
    help: 'Port of this machine that a browser is sent back to. OpenAI allows 1455 only, so another one is of use with another issuer; 0 lets the system choose.',
    affects: 'Sign-ins that begin from now on.',
  }),
  'accounts.refreshAheadMs': setting(whole(1_000, 604_800_000), 3_600_000, {
    group: 'accounts',
    title: 'Renew ahead of expiry',
    unit: 'ms',
    help: 'How long before the end of its access token an account gets new tokens; earlier by chance, so that accounts are not in step. Never more than a quarter of how long the token lasts.',
    affects: 'The schedule from now on.',
  }),
  'accounts.useSockets': setting(z.boolean(), true, {
    group: 'accounts',
    title: 'One WebSocket for each session',
    help: "Send each session's turns over one WebSocket where the upstream has them, also those of clients that speak HTTP: the provider then finds the session's prompt in its cache. Off: everything goes over HTTP.",
    affects: 'Turns that begin from now on.',
  }),
  'accounts.quotaPollMs': setting(whole(1_000, 86_400_000), 600_000, {
    group: 'accounts',
    title: 'Time between looks at the quota',
    unit: 'ms',
    help: 'How long nothing may have been heard of the quota of an account before its usage page is read; a little more by chance. Answers tell of it as well, so an account in use is seldom asked. From more than 15 minutes on, quota that is used up may be tried meanwhile.',
    affects: 'The schedule from now on.',
  }),
  'retention.days': setting(whole(0, 3_650), 0, {
    group: 'retention',
    title: 'Keep requests for',
    unit: 'days',
    help: 'Requests older than this are deleted from the log; 0 keeps all. Sums per minute stay, so charts and totals do not change.',
    affects: 'The request log, from the next run on; each run deletes what is too old by then.',
  }),
  'retention.rows': setting(whole(0, 1_000_000_000), 0, {
    group: 'retention',
    title: 'Keep at most',
    unit: 'count',
    help: 'The oldest requests beyond this number are deleted from the log; 0 keeps all. Sums per minute stay.',
    affects: 'The request log, from the next run on.',
  }),
  'retention.intervalMs': setting(whole(60_000, 604_800_000), 3_600_000, {
    group: 'retention',
    title: 'Time between runs',
    unit: 'ms',
    help: 'How often the request log is brought down to what is kept.',
    affects: 'The schedule from now on.',
  }),
  'admin.port': setting(whole(0, 65_535), 4142, {
    group: 'admin',
    title: 'Port of the operator surface',
    help: 'Port of the operator surface, on loopback always; 0 lets the system choose.',
    affects:
      'The address of this page when it is served to a browser, once the program is started again: a restart from this page keeps the port, so that the page stays where it is. The desktop window needs no port.',
    restart: true,
  }),
  'admin.sessionMs': setting(whole(60_000, 2_592_000_000), 604_800_000, {
    group: 'admin',
    title: 'Length of a sign-in',
    unit: 'ms',
    help: 'How long a sign-in to the operator surface lasts.',
    affects: 'Open sign-ins and new ones.',
  }),
} as const satisfies Record<string, SettingSpec>

export type SettingKey = keyof typeof settingsTable
export type Settings = { readonly [K in SettingKey]: z.output<(typeof settingsTable)[K]['schema']> }

export const settingKeys = Object.keys(settingsTable) as SettingKey[]

export const defaultSettings = Object.fromEntries(
  settingKeys.map((key) => [key, settingsTable[key].default]),
) as unknown as Settings

/** A patch of settings; null puts the default back. */
export const settingsPatch = z.strictObject(
  Object.fromEntries(settingKeys.map((key) => [key, settingsTable[key].schema.nullable().optional()])) as {
    [K in SettingKey]: z.ZodOptional<z.ZodNullable<(typeof settingsTable)[K]['schema']>>
  },
)
export type SettingsPatch = z.infer<typeof settingsPatch>
