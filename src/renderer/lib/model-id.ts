/** Why a text is no model id, or null. The core checks the same; this says so at the field, while it is typed. */
export function modelProblem(id: string): string | null {
  const trimmed = id.trim()
  if (trimmed === '') return 'Give a model id.'
  if (trimmed.length > 200) return 'A model id has at most 200 characters.'
  if (!/^[\x21-\x7e]+$/.test(trimmed)) return 'A model id has no blanks and only plain ASCII characters.'
  return null
}
