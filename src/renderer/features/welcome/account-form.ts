/** The short form of a new account: what is typed and what is wrong with it. Pure. The full form is on its own page. */
import type { RouteInput } from '../../../shared/contract.ts'

export type AccountKind = 'openai' | 'openai-compatible'

export interface AccountForm {
  readonly kind: AccountKind
  readonly name: string
  readonly baseUrl: string
  readonly apiKey: string
}

export interface AccountProblems {
  readonly name: string | null
  readonly baseUrl: string | null
  readonly apiKey: string | null
}

export function accountProblems(form: AccountForm, takenNames: ReadonlySet<string>): AccountProblems {
  const name = form.name.trim()
  const key = form.apiKey.trim()
  return {
    name:
      name === ''
        ? 'Give the upstream a name.'
        : takenNames.has(name.toLowerCase())
          ? `Another upstream is already called “${name}”.`
          : null,
    baseUrl: form.kind === 'openai-compatible' ? baseUrlProblem(form.baseUrl.trim()) : null,
    apiKey:
      key === ''
        ? form.kind === 'openai'
          ? 'Give the API key of the account.'
          : null
        : /^[\x21-\x7e]+$/.test(key)
          ? null
          : 'An API key has no blanks and only plain ASCII characters.',
  }
}

export function baseUrlProblem(text: string): string | null {
  if (text === '') return 'Give the address of the server, like http://127.0.0.1:11434/v1.'
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return 'Not an address. It looks like http://127.0.0.1:11434/v1.'
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'The address begins with http:// or https://.'
  if (url.username !== '' || url.password !== '')
    return 'No name or password in the address: the key goes in its own field.'
  return text.includes('?') || text.includes('#') ? 'The address has no “?” or “#” in it.' : null
}

export function firstProblem({ name, baseUrl, apiKey }: AccountProblems): string | null {
  return name ?? baseUrl ?? apiKey
}

export function accountDraft(form: AccountForm): RouteInput<'upstream.create'> {
  const apiKey = form.apiKey.trim()
  return {
    kind: form.kind,
    name: form.name.trim(),
    ...(form.kind === 'openai-compatible' ? { baseUrl: form.baseUrl.trim() } : {}),
    ...(apiKey === '' ? {} : { secret: { apiKey } }),
  }
}

/** A name that is free: the word itself, or with the first number that is. */
export function freeName(word: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? word : `${word} ${number}`
    if (!taken.has(name.toLowerCase())) return name
  }
}
