import { AppError } from '../../../shared/errors.ts'
import { doctorRoute } from '../../../shared/models/doctor.ts'
import type { PlannedPlace, PlanView } from '../../../shared/models/plan-preview.ts'
import { choice, required } from '../arguments.ts'
import type { Answer, Command, Context, Input } from '../command.ts'
import { count, facts, table, time } from '../format.ts'
import { findKey, findPool, pick } from '../lookup.ts'

export const poolPlanCommands: readonly Command[] = [
  {
    words: ['pool', 'plan'],
    args: [{ name: 'POOL' }],
    flags: [
      { name: 'model', value: 'ID', help: 'The model, as the client asks for it.' },
      { name: 'key', value: 'KEY', help: 'A key of the Pool; left out, one that may use everything.' },
      { name: 'session', value: 'TEXT', help: 'The session, as the client names it.' },
      { name: 'route', value: doctorRoute.options.join('|'), help: 'What is asked; chat when left out.' },
      { name: 'input', value: 'TOKENS', help: 'Input of the request; 1000 when left out.' },
      { name: 'without', value: 'NAME', many: true, help: 'As if this upstream were paused.' },
    ],
    help: 'Say in which order upstreams would be tried for a request now, and why the others would not.',
    run: plan,
  },
]

async function plan({ call, input }: Context): Promise<Answer> {
  const pool = await findPool(call, input.args[0] ?? '')
  const upstreams = await call('upstream.list', {})
  const key = input.text('key')
  const paused = input.list('without').map((text) => pick('upstream', text, upstreams).id)
  const preview = await call('pool.previewPlan', {
    poolId: pool.id,
    keyId: key === undefined ? null : (await findKey(call, key, pool.id)).id,
    model: required(input, 'model'),
    session: input.text('session'),
    route: choice(input, 'route', doctorRoute.options),
    inputTokens: tokensOf(input),
    ...(paused.length === 0 ? {} : { draft: { pausedUpstreams: paused } }),
  })
  const view = preview.draft ?? preview.now
  return { json: preview, text: textOf(view), exitCode: view.refusal === null ? 0 : 1 }
}

function tokensOf(input: Input): number | undefined {
  const text = input.text('input')?.replaceAll(/[_,]/g, '')
  if (text === undefined) return undefined
  if (/^\d{1,7}$/.test(text) && Number(text) <= 1_000_000) return Number(text)
  throw new AppError('invalid_option', `--input is "${text}", but must be a whole number up to 1,000,000.`)
}

function textOf({ strategy, model, refusal, waits, places, affinity }: PlanView): string {
  const home = places.find(({ upstreamId }) => upstreamId === affinity?.upstreamId)
  const head = facts([
    ['Strategy', strategy],
    ['Model sent', model ?? 'none'],
    ...(home === undefined ? [] : [['Session', `at home at ${home.name}`] as const]),
    ...(waits === null ? [] : [['Waits', waits] as const]),
    ...(refusal === null ? [] : [['Refused', `${refusal.message} (${refusal.code})`] as const]),
  ])
  const rows = places.map((each) => [
    each.place === null ? '-' : String(each.place),
    each.name,
    each.until === null ? each.words : `${each.words}, until ${time(each.until)}`,
    each.place === null ? '-' : `${Math.round(each.firstShare * 100)} %`,
    each.quotaLeft === null ? '-' : `${Math.round(each.quotaLeft)} %`,
    runningOf(each),
  ])
  const heads = ['Place', 'Upstream', 'Why', 'First', 'Quota left', 'Running']
  return `${head}\n${table(heads, rows, 'No upstream was looked at.')}`
}

function runningOf({ inFlight, maxConcurrent }: PlannedPlace): string {
  return maxConcurrent === null ? count(inFlight) : `${count(inFlight)} of ${count(maxConcurrent)}`
}
