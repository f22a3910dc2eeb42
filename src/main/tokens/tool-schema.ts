/**
 * Tools and answer schemas as the provider writes them into the prompt. For functions that is not JSON but a shorter
 * form; the figures are those with which OpenAI's cookbook reaches the billed count ("How to count tokens with
 * tiktoken", section 7, gpt-4o). What that form has no word for is counted as JSON.
 */
import { isRecord } from './record.ts'
import { jsonText } from './json-text.ts'
import type { Prices } from './media.ts'

const FUNCTION_START = 7
/** A tool whose input is free text. From a recorded bill, gpt-5. */
const CUSTOM_START = 24
const FUNCTIONS_END = 12
const PROPERTIES_START = 3
const PROPERTY_START = 3
const ENUM_START = -3
const ENUM_ITEM = 3

/** Not written into the prompt, or only as a mark that is part of the overhead. */
const silent = new Set(['type', 'strict', 'required', '$schema', 'additionalProperties'])

type Members = Readonly<Record<string, unknown>>

/** `tools` of any dialect, or the older `functions`. */
export function toolTokens(prices: Prices, tools: unknown): number {
  if (!Array.isArray(tools)) return 0
  const counts = tools.map((tool) => oneTool(prices, tool))
  const hasFunction = counts.some(({ isFunction }) => isFunction)
  return counts.reduce((sum, { tokens }) => sum + tokens, hasFunction ? FUNCTIONS_END : 0)
}

/** `response_format`, or `text.format`: only a schema costs anything. */
export function formatTokens(prices: Prices, format: unknown): number {
  return isRecord(format) && format['type'] === 'json_schema' ? prices.countText(jsonText(format)) : 0
}

function oneTool(prices: Prices, tool: unknown): { readonly tokens: number; readonly isFunction: boolean } {
  const definition = isRecord(tool) && isRecord(tool['function']) ? tool['function'] : tool
  if (!isRecord(definition) || typeof definition['name'] !== 'string') {
    return { tokens: prices.countText(jsonText(tool)), isFunction: false }
  }
  const start = definition['type'] === 'custom' ? CUSTOM_START : FUNCTION_START
  return { tokens: start + functionTokens(prices, definition), isFunction: true }
}

function functionTokens(prices: Prices, definition: Members): number {
  const { name, description, parameters, ...rest } = definition
  const line = prices.countText(`${String(name)}:${sentence(description)}`)
  return line + schemaTokens(prices, parameters) + restTokens(prices, rest)
}

function schemaTokens(prices: Prices, schema: unknown): number {
  if (!isRecord(schema)) return schema === undefined || schema === null ? 0 : prices.countText(jsonText(schema))
  const { properties, ...rest } = schema
  if (!isRecord(properties)) return restTokens(prices, schema)
  const named = Object.entries(properties)
  const each = named.reduce((sum, [name, property]) => sum + propertyTokens(prices, name, property), 0)
  return each + (named.length > 0 ? PROPERTIES_START : 0) + restTokens(prices, rest)
}

function propertyTokens(prices: Prices, name: string, property: unknown): number {
  if (!isRecord(property)) return prices.countText(`${JSON.stringify(name)}:${jsonText(property)}`)
  const { type, description, enum: choices, ...rest } = property
  const kind = typeof type === 'string' ? type : type === undefined ? '' : jsonText(type)
  const line = prices.countText(`${name}:${kind}:${sentence(description)}`)
  return PROPERTY_START + line + enumTokens(prices, choices) + restTokens(prices, rest)
}

function enumTokens(prices: Prices, choices: unknown): number {
  if (!Array.isArray(choices)) return choices === undefined ? 0 : prices.countText(jsonText(choices))
  return choices.reduce<number>((sum, choice) => {
    return (
      sum + (typeof choice === 'string' ? ENUM_ITEM + prices.countText(choice) : 1 + prices.countText(jsonText(choice)))
    )
  }, ENUM_START)
}

/** The full stop at its end is not written. */
function sentence(description: unknown): string {
  return typeof description === 'string' ? description.replace(/\.$/, '') : ''
}

function restTokens(prices: Prices, members: Members): number {
  return Object.entries(members).reduce((sum, [name, value]) => {
    if (silent.has(name) && !isRecord(value)) return sum
    return sum + prices.countText(`${JSON.stringify(name)}:${jsonText(value)}`)
  }, 0)
}
