/**
 * Input tokens of a request as its provider will bill them, as near as can be told without it. The figures per message
 * are those with which OpenAI's cookbook reaches the billed count ("How to count tokens with tiktoken", section 6).
 * Context that the provider keeps (`previous_response_id`, `conversation`, a stored prompt) cannot be seen here.
 */
import { AppError } from '../../shared/errors.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { jsonText } from './json-text.ts'
import {
  AUDIO_BY_ID_TOKENS,
  audioTokens,
  fileTokens,
  imageSourceTokens,
  isDataUrl,
  MAX_FILE_TOKENS,
  pricesFor,
  sealedTokens,
  type Prices,
} from './media.ts'
import { isRecord } from './record.ts'
import { countText } from './tokenizer.ts'
import { formatTokens, toolTokens } from './tool-schema.ts'

/** Start, role and end of a message. */
const MESSAGE_TOKENS = 3
/** Every answer is begun for the model. */
const REPLY_TOKENS = 3
/** The role of a text that is given without one. */
const ROLE_TOKENS = 1
const NAME_TOKENS = 1
const TOOL_CALL_TOKENS = 3

/** What is inside is counted as it stands, whether text, part, or a list of both. */
const plain = new Set(['role', 'name', 'content', 'text', 'refusal', 'arguments', 'input', 'output', 'summary'])
/** Calls of tools inside a message: the same, with an overhead for each. */
const calls = new Set(['tool_calls', 'function_call'])
const callParts = new Set(['function', 'custom'])
/** Known members that the model does not get to see. */
const silentNames = 'type id call_id tool_call_id status index detail annotations logprobs'
const silent = new Set(silentNames.split(' '))

type Members = Readonly<Record<string, unknown>>

/**
 * @param model what is sent upstream, where that is not what stands in the body; it decides what an image costs.
 * @throws AppError `invalid_json`, RangeError for a body nested too deep.
 */
export function countRequest(dialect: Dialect, body: Buffer, model?: string): number {
  const request = parse(body)
  const named = model ?? (typeof request['model'] === 'string' ? request['model'] : '')
  const prices = pricesFor(named, countText)
  if (dialect === 'embeddings') return embeddingTokens(prices, request['input'])
  const tools = toolTokens(prices, request['tools']) + toolTokens(prices, request['functions'])
  if (dialect === 'chat') {
    return (
      REPLY_TOKENS + listTokens(prices, request['messages']) + tools + formatTokens(prices, request['response_format'])
    )
  }
  const { text, prompt } = request
  const format = isRecord(text) ? formatTokens(prices, text['format']) : 0
  const variables = isRecord(prompt) ? valueTokens(prices, Object.values(asRecord(prompt['variables']))) : 0
  const context = listTokens(prices, request['instructions']) + listTokens(prices, request['input'])
  return REPLY_TOKENS + context + variables + tools + format
}

function parse(body: Buffer): Members {
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    // The parser's own message quotes the text around the fault: content never goes into an error.
    throw new AppError('invalid_json', 'The request body is not a valid JSON object.')
  }
  return asRecord(value)
}

function asRecord(value: unknown): Members {
  return isRecord(value) ? value : {}
}

/** Texts, or lists of token numbers, each of which is one token. */
function embeddingTokens(prices: Prices, input: unknown): number {
  if (typeof input === 'number') return 1
  if (!Array.isArray(input)) return valueTokens(prices, input)
  return input.reduce<number>((sum, item) => sum + embeddingTokens(prices, item), 0)
}

/** Messages or items; a text alone is a message of its own. */
function listTokens(prices: Prices, list: unknown): number {
  if (typeof list === 'string') return MESSAGE_TOKENS + ROLE_TOKENS + prices.countText(list)
  if (!Array.isArray(list)) return valueTokens(prices, list)
  return list.reduce<number>((sum, item) => {
    if (!isRecord(item)) return sum + valueTokens(prices, item)
    const name = 'role' in item && typeof item['name'] === 'string' ? NAME_TOKENS : 0
    return sum + MESSAGE_TOKENS + name + memberTokens(prices, item)
  }, 0)
}

function valueTokens(prices: Prices, value: unknown): number {
  if (value === undefined || value === null) return 0
  if (typeof value === 'string') return isDataUrl(value) ? sealedFile(prices, value) : prices.countText(value)
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + valueTokens(prices, item), 0)
  return isRecord(value) ? memberTokens(prices, value) : prices.countText(jsonText(value))
}

function memberTokens(prices: Prices, members: Members): number {
  let total = 0
  for (const [name, value] of Object.entries(members)) {
    if (value === null || silent.has(name) || (Array.isArray(value) && value.length === 0)) continue
    if (plain.has(name)) total += valueTokens(prices, value)
    else if (calls.has(name)) total += callTokens(prices, value)
    else if (callParts.has(name) && isRecord(value)) total += memberTokens(prices, value)
    else total += mediumTokens(prices, { name, value, members }) ?? otherTokens(prices, name, value)
  }
  return total
}

function callTokens(prices: Prices, value: unknown): number {
  const list = Array.isArray(value) ? value : [value]
  return list.reduce<number>((sum, call) => {
    return sum + (isRecord(call) ? TOOL_CALL_TOKENS : 0) + valueTokens(prices, call)
  }, 0)
}

interface Medium {
  readonly name: string
  readonly value: unknown
  readonly members: Members
}

/** Null when this member is no image, sound or file. */
function mediumTokens(prices: Prices, { name, value, members }: Medium): number | null {
  const isImage = members['type'] === 'input_image'
  switch (name) {
    case 'image_url': {
      const { url, detail } = isRecord(value) ? value : { url: value, detail: members['detail'] }
      return imageSourceTokens(prices, url, detail)
    }
    case 'file_id':
      // An image that has both is one image.
      if (isImage) return 'image_url' in members ? 0 : imageSourceTokens(prices, null, members['detail'])
      return 'file_data' in members ? 0 : MAX_FILE_TOKENS
    case 'file_url':
      return 'file_data' in members ? 0 : MAX_FILE_TOKENS
    case 'file_data':
      return typeof value === 'string' ? fileTokens(prices, value) : null
    case 'file':
      return isRecord(value) ? memberTokens(prices, value) : null
    case 'input_audio':
      if (!isRecord(value) || typeof value['data'] !== 'string') return null
      return audioTokens(value['data'], value['format'])
    case 'audio':
      return isRecord(value) && typeof value['id'] === 'string' ? AUDIO_BY_ID_TOKENS : null
    case 'result':
      return members['type'] === 'image_generation_call' && typeof value === 'string'
        ? Math.min(value.length, imageSourceTokens(prices, value, 'high'))
        : null
    case 'encrypted_content':
      return typeof value === 'string' ? sealedTokens(value) : null
    default:
      return null
  }
}

/** As JSON, so that nothing is left out; files inside by their price. */
function otherTokens(prices: Prices, name: string, value: unknown): number {
  let files = 0
  const text = jsonText(value, (text) => {
    if (!isDataUrl(text)) return null
    files += sealedFile(prices, text)
    return ''
  })
  return files + prices.countText(`${JSON.stringify(name)}:${text}`)
}

/** A data: URL where none is expected: priced like a file, but never above its own length. */
function sealedFile(prices: Prices, url: string): number {
  return Math.min(url.length, fileTokens(prices, url))
}
