import { z } from 'zod'

/**
 * Every setting: one table, rendered by the admin page, documented in docs/settings.md, checked by a test. A value that
 * the operator never touched is not stored, so a better default reaches everybody.
 */
export interface SettingSpec {
  readonly schema: z.ZodType
  readonly default: unknown
  readonly unit: 'ms' | 'bytes' | 'count' | 'none'
  readonly help: string
  /** Takes effect at the next start only. */
  readonly restart: boolean
}

const ms = (min: number, max: number) => z.number().int().min(min).max(max)
const hostName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9.:_-]+$/)

function setting<S extends z.ZodType>(
  schema: S,
  initial: z.output<S>,
  unit: SettingSpec['unit'],
  help: string,
  restart = false,
) {
  return { schema, default: initial, unit, help, restart }
}

export const settingsTable = {
  'gateway.host': setting(
    hostName,
    '127.0.0.1',
    'none',
    'Address the gateway listens on. Anything but 127.0.0.1 or ::1 lets other machines of the network use it with a valid key, over unencrypted HTTP. The admin port never follows.',
    true,
  ),
  'gateway.port': setting(ms(0, 65_535), 4141, 'none', 'Port of the gateway; 0 lets the system choose.', true),
  'gateway.allowedHosts': setting(
    z.array(hostName).max(50),
    [],
    'none',
    'Host names clients may use besides localhost and IP addresses.',
  ),
  'gateway.allowedOrigins': setting(
    z.array(z.string().max(300)).max(50),
    [],
    'none',
    'Web origins that may call the gateway; none by default.',
  ),
  'gateway.maxBodyBytes': setting(
    ms(1_024, 1_073_741_824),
    67_108_864,
    'bytes',
    'Largest request body, compressed or not.',
  ),
  'gateway.maxCompressionRatio': setting(
    ms(1, 10_000),
    200,
    'count',
    'Largest ratio of a decoded request body to its compressed form.',
  ),
  'gateway.bodyTimeoutMs': setting(ms(100, 3_600_000), 30_000, 'ms', 'Longest wait for a complete request body.'),
  'gateway.connectTimeoutMs': setting(
    ms(100, 120_000),
    10_000,
    'ms',
    'Longest wait for a connection to an upstream.',
    true,
  ),
  'gateway.firstByteTimeoutMs': setting(
    ms(100, 3_600_000),
    600_000,
    'ms',
    "Longest wait for the first byte of an upstream's answer.",
  ),
  'gateway.idleTimeoutMs': setting(
    ms(100, 3_600_000),
    300_000,
    'ms',
    "Longest silence inside an upstream's answer before it counts as dead.",
  ),
  'gateway.keepAliveMs': setting(
    ms(100, 3_600_000),
    15_000,
    'ms',
    'Silence of a stream after which the client gets a keep-alive in a form it honours.',
  ),
  'gateway.holdEventsMs': setting(
    ms(0, 60_000),
    1_000,
    'ms',
    'How long the events before the first output are held back, so that an early error can still move to another upstream.',
  ),
  'gateway.holdBytes': setting(
    ms(0, 16_777_216),
    65_536,
    'bytes',
    'Answers up to this size are checked whole before the client sees them, so that a broken one can still move to another upstream.',
  ),
  'gateway.clientStallMs': setting(
    ms(1_000, 3_600_000),
    120_000,
    'ms',
    'How long a client may refuse to read before it is cut off.',
  ),
  'gateway.drainTimeoutMs': setting(
    ms(0, 600_000),
    10_000,
    'ms',
    'How long running requests may finish at shutdown before they are cut.',
  ),
  'gateway.maxConcurrentRequests': setting(ms(1, 100_000), 4_096, 'count', 'Requests served at the same time.'),
  'routing.maxAttempts': setting(ms(1, 20), 3, 'count', 'Upstreams one request may try.'),
  'routing.cooldownMs': setting(
    ms(0, 3_600_000),
    15_000,
    'ms',
    'Rest of an upstream after a failure that named no Retry-After.',
  ),
  'routing.maxCooldownMs': setting(
    ms(1_000, 86_400_000),
    3_600_000,
    'ms',
    "Longest rest, whatever an upstream's Retry-After says.",
  ),
  'privacy.dropWorkspaceMetadata': setting(
    z.boolean(),
    true,
    'none',
    "Do not pass Codex's workspace metadata (folder, git remote, commit) on to third parties. Upstreams at api.openai.com still get it.",
  ),
  'models.refreshIntervalMs': setting(
    ms(60_000, 604_800_000),
    21_600_000,
    'ms',
    "How often each upstream's model list is fetched.",
  ),
  'admin.port': setting(
    ms(0, 65_535),
    4142,
    'none',
    'Port of the operator surface, on loopback always; 0 lets the system choose.',
    true,
  ),
  'admin.sessionMs': setting(
    ms(60_000, 2_592_000_000),
    604_800_000,
    'ms',
    'How long a sign-in to the operator surface lasts.',
  ),
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
