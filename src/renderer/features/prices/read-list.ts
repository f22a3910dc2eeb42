/** Brings a list of prices to the core: an address as it is, a file in parts that a call can carry. */
import type { PricePreview } from '../../../shared/models/price-import.ts'
import { invoke } from '../../lib/api.ts'
import { OperatorError } from '../../lib/operator-error.ts'

export type ListSource =
  | { readonly kind: 'file'; readonly file: File }
  | { readonly kind: 'address'; readonly url: string }

/** What the core takes in one call. */
const PART_CHARS = 200_000
const MAX_BYTES = 20 * 1024 * 1024
const MAX_NAME = 200

/** Why this cannot be a source, before anything is sent. */
export function sourceProblem(source: { readonly file: File | null } | { readonly url: string }): string | null {
  if ('url' in source) {
    const text = source.url.trim()
    if (text === '') return 'Give an https address.'
    return /^https:\/\/[^/]/i.test(text) && URL.canParse(text) ? null : 'The address must begin with https://.'
  }
  if (source.file === null) return 'Choose a file.'
  if (source.file.size === 0) return 'The file is empty.'
  return source.file.size > MAX_BYTES ? 'The file is larger than 20 MB. Import the part of it that is needed.' : null
}

/**
 * @param onShare how much of a file was read, from 0 to 1
 * @throws OperatorError; `AbortError` once `signal` is aborted
 */
export async function previewList(
  source: ListSource,
  signal: AbortSignal,
  onShare: (share: number) => void,
): Promise<PricePreview> {
  if (source.kind === 'address') return invoke('price.preview', { url: source.url.trim() })
  const text = await readText(source.file)
  let uploadId: string | null = null
  for (let at = 0; at < text.length; at += PART_CHARS) {
    signal.throwIfAborted()
    onShare(at / text.length)
    uploadId = (await invoke('price.upload', { id: uploadId, part: text.slice(at, at + PART_CHARS) })).id
  }
  signal.throwIfAborted()
  onShare(1)
  return invoke('price.preview', { uploadId: uploadId ?? '', name: source.file.name.slice(0, MAX_NAME) })
}

async function readText(file: File): Promise<string> {
  try {
    return await file.text()
  } catch {
    // It was moved or changed after it was chosen.
    throw new OperatorError({ code: 'invalid_input', message: 'The file cannot be read any more. Choose it again.' })
  }
}
