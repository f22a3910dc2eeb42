/** Embeddings: unit vectors grown from a hash of each input, as numbers or as base64 of little-endian floats. */
import { SimulatorError } from './simulator-error.ts'
import { isObject, listOf, numberOf, textOf, type JsonObject } from './json.ts'
import { estimateTokens } from './prompt.ts'
import { createRandom, hashOf } from './random.ts'

const DEFAULT_DIMENSIONS = 256
const MAX_DIMENSIONS = 4_096
const MAX_INPUTS = 2_048

export function embeddingsOf(body: JsonObject): unknown {
  const model = textOf(body['model'])
  const inputs = readInputs(body['input'])
  const dimensions = readDimensions(body['dimensions'])
  const isBase64 = body['encoding_format'] === 'base64'
  const data = inputs.map((input, index) => {
    const vector = vectorOf(hashOf('embeddings', model, JSON.stringify(input)), dimensions)
    const embedding = isBase64 ? Buffer.from(vector.buffer).toString('base64') : [...vector]
    return { object: 'embedding', index, embedding }
  })
  const tokens = inputs.reduce<number>((sum, input) => sum + tokensOf(input), 0)
  return { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } }
}

/** A text, a list of texts, a list of tokens, or a list of lists of tokens. */
function readInputs(input: unknown): readonly unknown[] {
  const isOne = typeof input === 'string' || (Array.isArray(input) && typeof input[0] === 'number')
  const inputs = isOne ? [input] : listOf(input)
  const isValid = inputs.every((each) => (typeof each === 'string' ? each !== '' : Array.isArray(each)))
  if (inputs.length === 0 || !isValid || isObject(input)) {
    throw new SimulatorError(400, "'input' must be a text, or a list of texts or tokens, and not empty.", 'input')
  }
  if (inputs.length > MAX_INPUTS) {
    throw new SimulatorError(400, `'input' may have at most ${MAX_INPUTS} entries.`, 'input')
  }
  return inputs
}

function readDimensions(raw: unknown): number {
  if (raw === undefined || raw === null) return DEFAULT_DIMENSIONS
  const dimensions = numberOf(raw)
  if (dimensions === null || !Number.isInteger(dimensions) || dimensions < 1 || dimensions > MAX_DIMENSIONS) {
    throw new SimulatorError(400, `'dimensions' must be a whole number from 1 to ${MAX_DIMENSIONS}.`, 'dimensions')
  }
  return dimensions
}

function tokensOf(input: unknown): number {
  return typeof input === 'string' ? estimateTokens(input.length) : listOf(input).length
}

function vectorOf(seed: string, dimensions: number): Float32Array {
  const random = createRandom(seed)
  const raw = Array.from({ length: dimensions }, () => random() * 2 - 1)
  const norm = Math.hypot(...raw) || 1
  return Float32Array.from(raw, (value) => value / norm)
}
