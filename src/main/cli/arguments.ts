/** Readings of a command line that several commands share. */
import { AppError } from '../../shared/errors.ts'
import type { Input } from './command.ts'

/** The name of a new record: the first word, or `--name`. */
export function nameOf(input: Input): string {
  const [word] = input.args
  const flag = input.text('name')
  if (word !== undefined && flag !== undefined) {
    throw new AppError('invalid_option', 'The name is given twice, as a word and as --name.')
  }
  const name = word ?? flag
  if (name === undefined) throw new AppError('invalid_option', 'A name is missing.')
  return name
}

export function choice<T extends string>(input: Input, flag: string, among: readonly T[]): T | undefined {
  const text = input.text(flag)
  if (text === undefined) return undefined
  const found = among.find((known) => known === text)
  if (found !== undefined) return found
  throw new AppError('invalid_option', `--${flag} is "${text}", but must be one of ${among.join(', ')}.`)
}

export function required(input: Input, flag: string): string {
  const text = input.text(flag)
  if (text === undefined) throw new AppError('invalid_option', `--${flag} is missing.`)
  return text
}

export function parseCount(flag: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (value >= 1 && value <= most) return value
  throw new AppError('invalid_option', `--${flag} is "${text}", but must be a whole number from 1 to ${most}.`)
}

/** An empty value clears; a missing one leaves as it is. */
export function clearable(input: Input, flag: string): string | null | undefined {
  const text = input.text(flag)
  return text === '' ? null : text
}
