import { AppError } from '../../../shared/errors.ts'
import type { AccountQuota, AccountWindow } from '../../../shared/models/quota.ts'
import type { Answer, Command, Context } from '../command.ts'
import { facts, table, time } from '../format.ts'
import { findUpstream } from '../lookup.ts'

export const quotaCommands: readonly Command[] = [
  {
    words: ['account', 'quota'],
    args: [{ name: 'UPSTREAM' }],
    flags: [{ name: 'refresh', help: 'Ask the provider first, at most once a minute.' }],
    help: 'How much of a ChatGPT account is used, when it is full again, and when it is empty at this pace.',
    run: quota,
  },
]

async function quota({ call, input }: Context): Promise<Answer> {
  const { id, name, kind } = await findUpstream(call, input.args[0] ?? '')
  if (kind !== 'chatgpt') throw new AppError('account_not_signed_in', `"${name}" is no ChatGPT account.`)
  const seen = await call(input.isOn('refresh') ? 'account.quotaRefresh' : 'account.quota', { id })
  const rows = seen.windows
    .toSorted((a, b) => (a.meter === b.meter ? a.minutes - b.minutes : a.meter < b.meter ? -1 : 1))
    .map((window) => [
      window.meter === '' ? 'the account' : window.meter,
      lengthInWords(window.minutes),
      window.state === 'reset' ? '0 %' : `${String(Math.round(window.usedPercent))} %`,
      STATES[window.state],
      window.state === 'reset' ? '-' : time(window.resetsAt),
      time(window.emptyAt),
      `${time(window.observedAt)}, ${SOURCES[window.source]}`,
    ])
  const head = ['What', 'Window', 'Used', 'State', 'Full again', 'Empty at this pace', 'Heard']
  const shown = table(head, rows, 'Nothing is known yet: it is read in a while, or with --refresh.')
  return { json: seen, text: `${shown}${rest(seen)}` }
}

const STATES: Readonly<Record<AccountWindow['state'], string>> = {
  ok: 'ok',
  exhausted: 'used up',
  stale: 'old figure',
  reset: 'full again',
}

const SOURCES: Readonly<Record<AccountWindow['source'], string>> = {
  event: 'in a stream',
  headers: 'with an answer',
  refusal: 'with a refusal',
  usage: 'from the usage page',
}

function lengthInWords(minutes: number): string {
  if (minutes % 1_440 === 0) return minutes === 1_440 ? '1 day' : `${String(minutes / 1_440)} days`
  return minutes % 60 === 0 ? `${String(minutes / 60)} h` : `${String(minutes)} min`
}

function rest({ credits, polledAt, pollError, nextPollAt }: AccountQuota): string {
  return facts([
    ['Credits', creditsInWords(credits)],
    ['Page read', polledAt === null ? 'not since the start' : time(polledAt)],
    ...(pollError === null ? [] : [['Which failed', pollError] as const]),
    ['Next', nextPollAt === null ? 'not planned' : time(nextPollAt)],
  ])
}

function creditsInWords(credits: AccountQuota['credits']): string {
  if (credits === null) return 'not known'
  if (credits.isUnlimited) return 'without limit'
  if (!credits.hasCredits) return 'none'
  return credits.balance === null ? 'some' : credits.balance
}
