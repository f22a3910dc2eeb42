/** Quota of an account as a page shows it: usage pages of the stand-in, and what was known of it in the hours before. */
import Database from 'better-sqlite3'
import { join } from 'node:path'

export interface Used {
  readonly percent: number
  /** Until its reset, ms. */
  readonly resetsInMs: number
}

function windowOf(minutes: number, { percent, resetsInMs }: Used) {
  return {
    used_percent: percent,
    limit_window_seconds: minutes * 60,
    reset_after_seconds: Math.round(resetsInMs / 1_000),
    reset_at: Math.round((Date.now() + resetsInMs) / 1_000),
  }
}

export interface UsedWindows {
  readonly short?: Used
  readonly week: Used
  /** A model with a count of its own. */
  readonly spark?: Used
  /** Weeks of further models, by their names. */
  readonly models?: Readonly<Record<string, Used>>
}

/** In the shape of ChatGPT's own. */
export function usagePage({ short, week, spark, models = {} }: UsedWindows): object {
  const limit = (primary: object | null, secondary: object | null) => ({
    allowed: true,
    limit_reached: false,
    primary_window: primary,
    secondary_window: secondary,
  })
  const meter = (limit_name: string, metered_feature: string, used: Used) => {
    return { limit_name, metered_feature, rate_limit: limit(windowOf(10_080, used), null) }
  }
  return {
    plan_type: 'plus',
    rate_limit: limit(short === undefined ? null : windowOf(300, short), windowOf(10_080, week)),
    additional_rate_limits: [
      ...(spark === undefined ? [] : [meter('GPT-5.3-Codex-Spark', 'codex_bengalfox', spark)]),
      ...Object.entries(models).map(([name, used]) => meter(name, `codex_${name}`, used)),
    ],
    credits: { has_credits: true, unlimited: false, balance: '12.50' },
  }
}

export interface Rise {
  readonly upstreamId: string
  readonly minutes: number
  readonly resetsAt: number
  /** Percent used at the beginning, and now. */
  readonly from: number
  readonly to: number
  readonly spanMs: number
}

/** As an earlier run would have left it: one sample in ten steps of the way. A start takes it over. */
export function seedRise(dataDir: string, { upstreamId, minutes, resetsAt, from, to, spanMs }: Rise): void {
  const client = new Database(join(dataDir, 'weir.db'))
  const insert = client.prepare(
    `insert into quota_sample (upstream_id, meter, minutes, at, used_percent, resets_at) values (?, '', ?, ?, ?, ?)`,
  )
  const now = Date.now()
  for (let step = 0; step <= 10; step++) {
    insert.run(upstreamId, minutes, now - spanMs + (spanMs * step) / 10, from + ((to - from) * step) / 10, resetsAt)
  }
  client.close()
}

/** As if the last saved reset had been sent so long ago. */
export function ageResetUse(dataDir: string, byMs: number): void {
  const client = new Database(join(dataDir, 'weir.db'))
  client.prepare('update reset_use set at = at - ?').run(byMs)
  client.close()
}
