import type { UsageDifference } from '../../../shared/models/data-care.ts'
import { dollarsInWords } from '../../../shared/limit-policy.ts'
import type { Answer, Command, Context } from '../command.ts'
import { count, table } from '../format.ts'

export const usageCommands: readonly Command[] = [
  {
    words: ['data', 'check-usage'],
    args: [],
    flags: [],
    help: 'Compare what limits and budgets count with the log; fails when they differ.',
    run: checkUsage,
  },
]

async function checkUsage({ call }: Context): Promise<Answer> {
  const check = await call('data.checkUsage', {})
  const { counters, zone, found, differences } = check
  const scope = `${count(counters)} counters by the days of ${zone}`
  if (found === 0) return { json: check, text: `What limits and budgets count agrees with the log: ${scope}.\n` }
  const keys = new Map((await call('key.list', {})).map((key) => [key.id, key.name]))
  const rows = differences.map((row) => [
    keys.get(row.keyId) ?? row.keyId,
    row.rule ?? 'the key itself',
    row.day ?? 'all time',
    figures(row.counted),
    figures(row.summed),
    row.against === 'requests' ? 'requests' : 'sums per minute',
  ])
  const head = ['Key', 'Override', 'Day', 'Counted', 'Log', 'Compared with']
  const told = found > differences.length ? ` The first ${count(differences.length)}:` : ''
  const text = `${count(found)} of ${scope} do not agree with the log.${told}\n\n${table(head, rows, '')}`
  return { json: check, text, exitCode: 1 }
}

function figures({ requests, tokens, costNanos }: UsageDifference['counted']): string {
  return `${count(requests)} requests, ${count(tokens)} tokens, ${dollarsInWords(costNanos)}`
}
