/** A start that failed, as one paragraph on the terminal: what, why, the next step, the code. */
import { AppError, errorSpec } from '../../../shared/errors.ts'

export function startErrorText(error: unknown): string {
  const failure = AppError.from(error)
  const { meaning, next } = errorSpec(failure.code)
  const why = failure.message === meaning ? '' : ` ${meaning}`
  const trace = failure.code === 'internal' ? `\n${frames(failure.cause)}` : ''
  return `Weir did not start. ${failure.message}${why} Next: ${next} (${failure.code})${trace}\n`
}

/** Where it broke, without the foreign error's own words: they may quote what they choked on. */
function frames(cause: unknown): string {
  if (!(cause instanceof Error)) return ''
  const { code } = cause as NodeJS.ErrnoException
  const lines = (cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return [`  ${cause.name}${code === undefined ? '' : ` ${code}`}`, ...lines.slice(0, 8)].join('\n')
}
