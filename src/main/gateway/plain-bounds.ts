/** How many tokens a request uses up at most that passes as it is. What is no text is bounded by its size. */
import { countField } from '../dialects/json-fields.ts'
import { outputBound } from '../dialects/output-cap.ts'
import type { TokenSource } from './ports.ts'
import type { Routed } from './stages.ts'

/** An image that goes in or comes out, at the highest quality and size that is sold; a larger one is the model's to say. */
const IMAGE_TOKENS = 16_384
const MAX_IMAGES = 10
/** Speech of 6 kbit/s, the least that is understood, at some 17 tokens a second. */
const SOUND_BYTES_PER_TOKEN = 44
/** The text of a recording is shorter than the recording, in tokens. */
const BYTES_PER_TOKEN = 4

type Bounded = Pick<Routed, 'plain' | 'fields' | 'form' | 'grant'>

/** Whether a tokenizer counts it better than its size tells. */
export function isCountable({ plain }: Pick<Routed, 'plain'>): boolean {
  return plain === undefined || plain.spec.name === 'compact'
}

/** What is noted of its input where neither a limit nor a provider tells. */
export function guessedInput({ plain, fields: { bytes } }: Pick<Bounded, 'plain' | 'fields'>): number {
  return plain === undefined || plain.spec.input === 'text' ? Math.ceil(bytes.length / BYTES_PER_TOKEN) : 0
}

/** Whether an answer without figures is charged by its length: only where the length tells anything. */
export function isGuessed({ plain }: Pick<Bounded, 'plain'>): boolean {
  return plain === undefined || plain.spec.input === 'text'
}

function filesAndTexts({ form }: Bounded): { files: number; textBytes: number; fileBytes: number } {
  const sums = { files: 0, textBytes: 0, fileBytes: 0 }
  for (const { isFile, start, end } of form?.parts ?? []) {
    if (isFile) sums.files++
    if (isFile) sums.fileBytes += end - start
    else sums.textBytes += end - start
  }
  return sums
}

/** Of a dialect, too, which is bounded by its bytes. */
export function inputBound(asked: Bounded & Pick<Routed, 'dialect'>, tokens: Pick<TokenSource, 'upperBound'>): number {
  const { plain, dialect, fields, form, grant } = asked
  if (plain?.spec.input === 'none') return 0
  if (form === undefined) return tokens.upperBound(dialect, fields.bytes, grant.model)
  const { files, textBytes, fileBytes } = filesAndTexts(asked)
  const ofFiles = plain?.spec.input === 'sound' ? Math.ceil(fileBytes / SOUND_BYTES_PER_TOKEN) : files * IMAGE_TOKENS
  return textBytes + ofFiles
}

/** How many results are asked for. */
function resultsOf({ fields, form }: Bounded): number {
  const part = form?.parts.find(({ name }) => name === 'n')
  const asked =
    part === undefined ? countField(fields, 'n') : Number(fields.bytes.toString('latin1', part.start, part.end))
  return asked !== null && Number.isSafeInteger(asked) ? Math.min(MAX_IMAGES, Math.max(1, asked)) : 1
}

/**
 * Of what cannot be capped: embeddings put out none, and what passes as it is says nothing of a maximum. `ofModel`: the
 * most that its model puts out, null where not known; `usual`: what then stands for it.
 */
export function uncappedOutput(asked: Bounded, ofModel: number | null, usual: number): number {
  switch (asked.plain?.spec.input ?? 'none') {
    case 'none':
      return 0
    case 'images':
      return resultsOf(asked) * (ofModel ?? IMAGE_TOKENS)
    default:
      return outputBound('responses', asked.fields) ?? ofModel ?? usual
  }
}
