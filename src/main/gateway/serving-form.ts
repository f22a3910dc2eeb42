/** In which form one of Codex's own models is asked at a ChatGPT account: as the Pool says, else as the provider does. */
import { addFullEdits, addLiteEdits, isWrittenLite, LITE_HEADER } from '../dialects/codex-lite.ts'
import type { PoolRecord, UpstreamRecord } from './ports.ts'
import type { RequestHeaders } from './request-headers.ts'
import type { Admitted } from './stages.ts'

/** `model` as it is sent there. Null: as the client wrote it. */
export function servingAt(
  { models }: Pick<PoolRecord, 'models'>,
  { catalog }: Pick<UpstreamRecord, 'catalog'>,
  model: string,
): 'lite' | 'full' | null {
  const mode = models?.modes?.get(model) ?? 'auto'
  if (mode !== 'auto') return mode
  return catalog?.facts.get(model)?.isLite === true ? 'lite' : null
}

/** Whether the client says that its body is in the lite form. */
function saysLite({ passing }: Pick<RequestHeaders, 'passing'>): boolean {
  for (let i = 0; i < passing.length; i += 2) {
    if (passing[i]?.toLowerCase() === LITE_HEADER) return passing[i + 1]?.trim().toLowerCase() === 'true'
  }
  return false
}

/**
 * Adds to the edits what the form needs, and tells what becomes of the header that names it: `add` it, `drop` the
 * client's, or null for as it is. Where the client wrote the lite form itself, its body stays to the byte.
 * @throws AppError `tool_choice_not_lite`
 */
export function writeForm(
  serving: 'lite' | 'full',
  { fields, headers }: Pick<Admitted, 'fields' | 'headers'>,
  edits: Map<string, unknown>,
): 'add' | 'drop' | null {
  const isSaid = saysLite(headers)
  if (serving === 'full') {
    if (!isSaid || isWrittenLite(fields)) return null
    addFullEdits(fields, edits)
    return 'drop'
  }
  if (isSaid) return null
  if (!isWrittenLite(fields)) addLiteEdits(fields, edits)
  return 'add'
}
