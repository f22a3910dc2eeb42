import { fieldErrors, type OperatorError } from '../../lib/operator-error.ts'
import { secretIds } from './secret-form.ts'
import { fieldIds, type UpstreamForm } from './upstream-form.ts'

/** What the core refused, by the id of the field. */
export function refusalsOf(error: OperatorError, form: UpstreamForm): Readonly<Record<string, string>> {
  if (error.code === 'name_taken') return { [fieldIds.name]: error.message }
  const named = error.details['field']
  const pairs = typeof named === 'string' ? { [named]: error.message } : fieldErrors(error)
  return Object.fromEntries(
    Object.entries(pairs).flatMap(([path, message]) => {
      const id = fieldIdOf(path, form)
      return id === null ? [] : [[id, message] as const]
    }),
  )
}

function fieldIdOf(path: string, { secret }: UpstreamForm): string | null {
  const [first = '', second = '', third = ''] = path.replace(/^secret\./, '').split('.')
  if (first === 'name' || first === 'baseUrl' || first === 'proxyUrl' || first === 'notes') return fieldIds[first]
  if (first === 'manualModels') return fieldIds.models
  if (first === 'maxConcurrent') return fieldIds.maxConcurrent
  if (first === 'secret' || first === 'apiKey') return secretIds.apiKey
  if (first === 'proxyCredentials') return secretIds.proxyCredentials
  if (first === 'simulator') return `simulator-${second}`
  if (first !== 'headers') return null
  const row = secret.headers.find(({ name }) => name.trim() === second || name.trim() === third)?.row
  return row === undefined ? null : secretIds.headerName(row)
}
