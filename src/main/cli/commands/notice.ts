import { dollarsInWords, limitLabel } from '../../../shared/limit-policy.ts'
import type { Notice } from '../../../shared/models/notice.ts'
import { parseCount } from '../arguments.ts'
import type { Answer, Command, Context } from '../command.ts'
import { count, table, time } from '../format.ts'

export const noticeCommands: readonly Command[] = [
  {
    words: ['notices'],
    args: [],
    flags: [
      { name: 'unread', help: 'Only those that nobody read.' },
      { name: 'mark-read', help: 'Mark those that are shown as read.' },
      { name: 'limit', value: 'N', help: 'How many, newest first; 50 unless given, at most 200.' },
    ],
    help: 'What Weir wants its operator to know: budgets that run out, accounts to sign in, resets that expire.',
    run: notices,
  },
]

async function notices({ call, input }: Context): Promise<Answer> {
  const limit = parseCount('limit', input.text('limit'), 200)
  const page = await call('notice.list', { unreadOnly: input.isOn('unread'), limit })
  const ids = page.rows.map(({ id }) => id)
  const isMarking = input.isOn('mark-read') && ids.length > 0
  const unread = isMarking ? (await call('notice.mark', { ids, read: true })).unread : page.unread
  const rows = page.rows.map((notice) => [
    time(notice.at),
    notice.level,
    noticeWords(notice),
    notice.readAt === null ? 'unread' : 'read',
  ])
  const shown = table(['Time', 'Level', 'What', ''], rows, 'No notices.')
  const rest = `${count(unread)} unread${isMarking ? ' are left' : ''}.`
  return { json: { ...page, unread }, text: rows.length === 0 ? shown : `${shown}\n${rest}\n` }
}

function noticeWords({ kind, subject, budget }: Notice): string {
  if (kind === 'upstream.resetExpires') return `upstream "${subject.name}": a saved reset expires within 24 hours`
  if (kind === 'upstream.quotaDry') return `upstream "${subject.name}": has used up its quota`
  if (kind === 'pool.quotaDry') return `Pool "${subject.name}": every account has used up its quota`
  if (budget === null) return `upstream "${subject.name}": its provider refuses the credential; sign in again`
  const { field, model, threshold, used, limit, fullAt } = budget
  const whose = model === null ? '' : ` for ${model}`
  const end = fullAt === null ? '' : `; full at this pace ${time(fullAt)}`
  const share = threshold >= 100 ? 'spent' : `${threshold} % used`
  return `key "${subject.name}": ${limitLabel(field)}${whose} ${share}, ${dollarsInWords(used)} of ${dollarsInWords(limit)}${end}`
}
