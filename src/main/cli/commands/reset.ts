/** Saved resets of ChatGPT accounts: which there are, and using one by hand. */
import { AppError } from '../../../shared/errors.ts'
import type { ResetUse, SavedReset } from '../../../shared/models/quota.ts'
import { required } from '../arguments.ts'
import type { Answer, Command, Context } from '../command.ts'
import { facts, table, time } from '../format.ts'
import { findUpstream } from '../lookup.ts'

const one = [{ name: 'UPSTREAM' }] as const

export const resetCommands: readonly Command[] = [
  {
    words: ['account', 'resets'],
    args: one,
    flags: [],
    help: 'List the saved resets of an account, and how the last one that was used stands.',
    run: list,
  },
  {
    words: ['account', 'reset'],
    args: one,
    flags: [
      { name: 'use', value: 'ID', help: 'The saved reset to use. It cannot be undone.' },
      { name: 'set-aside', value: 'ID', help: 'Let the pending use be that nobody confirmed within 30 minutes.' },
      { name: 'yes', help: 'Confirm.' },
    ],
    help: 'Use a saved reset of an account.',
    run: use,
  },
]

async function list({ call, input }: Context): Promise<Answer> {
  const { id } = await findUpstream(call, input.args[0] ?? '')
  const answer = await call('account.resets', { id })
  return { json: answer, text: listText(answer.savedResets ?? []) + lastText(answer.resetUse) }
}

function listText(resets: readonly SavedReset[]): string {
  const rows = resets.map(({ id, title, expiresAt }) => [title ?? '-', time(expiresAt), id])
  return table(['Saved reset', 'Expires', 'Id'], rows, 'No saved resets.')
}

function lastText(last: ResetUse | null): string {
  if (last === null) return ''
  const why = last.reason === null ? '' : ` ${last.reason}`
  return `\nLast used ${time(last.at)}: ${words[last.state]}.${why} (${last.id})\n`
}

const words: Readonly<Record<ResetUse['state'], string>> = {
  pending: 'pending',
  confirmed: 'it took',
  failed: 'not used',
  set_aside: 'set aside',
}

async function use({ call, input }: Context): Promise<Answer> {
  const { id, name } = await findUpstream(call, input.args[0] ?? '')
  const aside = input.text('set-aside')
  const resetId = aside === undefined ? required(input, 'use') : ''
  if (aside !== undefined && input.text('use') !== undefined) {
    throw new AppError('invalid_option', 'Give --use or --set-aside, not both.')
  }
  if (!input.isOn('yes')) {
    const what = aside === undefined ? 'Using a saved reset cannot be undone' : 'It may have taken all the same'
    throw new AppError('invalid_option', `${what}. Add --yes to confirm it for "${name}".`)
  }
  const done =
    aside === undefined
      ? await call('account.redeemReset', { id, resetId })
      : await call('account.settleReset', { id, useId: aside })
  const text = facts([
    ['Upstream', name],
    ['Result', words[done.state]],
    ...(done.reason === null ? [] : [['Reason', done.reason] as const]),
    ['Id', done.id],
  ])
  return { json: done, text, exitCode: done.state === 'failed' ? 1 : 0 }
}
