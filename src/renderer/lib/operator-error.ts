/** A call that the core refused or that never reached it. `message` is meant to be shown as it stands. */
import type { RpcError } from '../../shared/contract.ts'
import { errorTable } from '../../shared/errors.ts'

export class OperatorError extends Error {
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(error: RpcError) {
    super(error.message)
    this.name = 'OperatorError'
    this.code = error.code
    this.details = error.details ?? {}
  }

  static from(thrown: unknown): OperatorError {
    if (thrown instanceof OperatorError) return thrown
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    return new OperatorError({ code: 'internal', message: `The page met an error it did not expect: ${message}` })
  }
}

export function connectionLost(): OperatorError {
  return new OperatorError({
    code: 'connection_lost',
    message: 'Weir could not be reached. It may have stopped; the page reconnects by itself when it runs again.',
  })
}

/**
 * What the reader can do about it, from the table of errors: of an error as it came, or of a code alone. Empty where the
 * message itself goes on to say so, and for a code that this version does not know.
 */
export function nextStepOf(error: OperatorError | string): string {
  const { code, message } = typeof error === 'string' ? { code: error, message: '' } : error
  if (/[.;:] \S/.test(message) || !Object.hasOwn(errorTable, code)) return ''
  return errorTable[code as keyof typeof errorTable].next
}

/** Message, next step and code in one line. */
export function errorLine(error: OperatorError): string {
  const next = nextStepOf(error)
  return `${error.message}${next === '' ? '' : ` ${next}`} (${error.code})`
}

/**
 * The fields that the core named in an `invalid_input`, as `{path: message}`. A path is dotted: `assignments.0.priority`.
 * A patch or draft wrapper at its head is left off, so that it fits the form's own names.
 */
export function fieldErrors(thrown: unknown): Record<string, string> {
  if (!(thrown instanceof OperatorError) || thrown.code !== 'invalid_input') return {}
  const fields = thrown.details['fields']
  if (!Array.isArray(fields)) return {}
  const pairs = fields.flatMap((field) => {
    const [path, ...rest] = String(field).split(': ')
    return path === undefined ? [] : [[path.replace(/^(patch|draft)\./, ''), rest.join(': ')] as const]
  })
  return Object.fromEntries(pairs)
}
