/** Responses: the generated text of a stream, and a `response.incomplete` where it is cut. */
import { textInFrame, textStart, type EventFrame } from './event-frame.ts'
import { isObject, parseJsonObject, type JsonObject } from './json.ts'
import { responsesEventType } from './responses.ts'
import { dataStart, eventData } from './sse.ts'
import { createTextStore, type TextStore } from './text-store.ts'
import type { Cut, OutputReader, Piece } from './output-piece.ts'

/**
 * Events whose `delta` the model itself wrote. Summaries of its reasoning are not: another model writes them. Events that
 * repeat finished text are not counted again.
 */
const GENERATED: ReadonlySet<string> = new Set([
  'response.output_text.delta',
  'response.refusal.delta',
  'response.reasoning_text.delta',
  'response.custom_tool_call_input.delta',
  'response.code_interpreter_call_code.delta',
])
const GENERATED_JSON: ReadonlySet<string> = new Set([
  'response.function_call_arguments.delta',
  'response.mcp_call_arguments.delta',
])
const TEXT = 'response.output_text.delta'
/** Events that say what the answer consists of. */
const STRUCTURE: ReadonlySet<string> = new Set(['response.output_item.added', 'response.output_item.done'])
/** Finished parts beyond this are not repeated in the end of a cut stream. */
const MAX_STRUCTURE_BYTES = 1_048_576

/** Text so far of one part of a message. */
interface TextPart {
  readonly outputIndex: unknown
  readonly contentIndex: number
  readonly text: TextStore
}

interface Channel {
  readonly name: string
  readonly isJson: boolean
  /** Null where the text is not that of a message. */
  readonly part: TextPart | null
}

export function createResponsesOutputReader(): OutputReader {
  const channels = new Map<string, Channel>()
  let created: Buffer | null = null
  const structure: Buffer[] = []
  let structureBytes = 0
  let frame: EventFrame | null = null
  let framed: Channel | null = null

  function channelOf(type: string, data: JsonObject): Channel {
    const { item_id: itemId, output_index: outputIndex, content_index: contentIndex } = data
    const name = [type, itemId, outputIndex, contentIndex].map(String).join('/')
    const known = channels.get(name)
    if (known !== undefined) return known
    const place = typeof contentIndex === 'number' ? contentIndex : 0
    const part = type === TEXT ? { outputIndex, contentIndex: place, text: createTextStore() } : null
    const channel = { name, isJson: GENERATED_JSON.has(type), part }
    channels.set(name, channel)
    return channel
  }

  function readDelta(type: string, event: Buffer): readonly Piece[] {
    const data = parseJsonObject(eventData(event))
    const text = data?.['delta']
    if (data === null || typeof text !== 'string' || text === '') return []
    framed = channelOf(type, data)
    frame = learn(event, type, text)
    return [pieceOf(framed, text)]
  }

  function keep(event: Buffer): void {
    structureBytes += event.length
    if (structureBytes <= MAX_STRUCTURE_BYTES) structure.push(Buffer.from(event))
  }

  return {
    read(event) {
      const text = frame === null ? null : textInFrame(frame, event)
      if (text !== null && framed !== null) return text === '' ? [] : [pieceOf(framed, text)]
      const at = dataStart(event)
      if (at < 0) return []
      const type = responsesEventType(event, at)
      if (GENERATED.has(type) || GENERATED_JSON.has(type)) return readDelta(type, event)
      if (type === 'response.created') created = Buffer.from(event)
      else if (STRUCTURE.has(type)) keep(event)
      return []
    },
    end({ event, fits, usage }: Cut) {
      const data = parseJsonObject(eventData(event)) ?? {}
      const type = responsesEventType(event, dataStart(event))
      const fit = fits[0] ?? 0
      const text = typeof data['delta'] === 'string' ? data['delta'] : ''
      const { part } = channelOf(type, data)
      // All of it went into the store when it was read.
      part?.text.dropLast(Buffer.byteLength(text.slice(fit)))
      const writer = createWriter(data['sequence_number'])
      if (fit > 0)
        writer.add(type, { ...data, delta: text.slice(0, fit), ...('logprobs' in data ? { logprobs: [] } : {}) })
      const parts = [...channels.values()].map((channel) => channel.part).filter((part) => part !== null)
      const output = closeItems(structure.map(dataOf), parts, writer)
      const response = created === null ? null : dataOf(created)['response']
      writer.add('response.incomplete', {
        response: {
          ...(isObject(response) ? response : { id: 'resp_0', object: 'response' }),
          status: 'incomplete',
          incomplete_details: { reason: 'max_output_tokens' },
          output,
          usage: figuresOf(usage),
        },
      })
      return writer.bytes()
    },
    // The event that says so ends the stream.
    isFinished: false,
  }
}

function pieceOf({ name, isJson, part }: Channel, text: string): Piece {
  part?.text.append(text)
  return { channel: name, text, isJson }
}

function dataOf(event: Buffer): JsonObject {
  return parseJsonObject(eventData(event)) ?? {}
}

/**
 * Up to the digits of the growing number, and from behind them to the text: what is the same there is the next piece of
 * the same part. Only where the type stands there as well.
 */
function learn(event: Buffer, type: string, text: string): EventFrame | null {
  const at = dataStart(event)
  const start = textStart(event, 'delta', text, at)
  if (start < 0 || !event.subarray(0, start).includes(type)) return null
  const number = /"sequence_number"\s*:\s*(\d+)/.exec(event.toString('latin1', at, start))
  const behind = number === null ? at : at + number.index + number[0].length
  const digits = number?.[1]?.length ?? 0
  return {
    head: Buffer.from(event.subarray(0, behind - digits)),
    before: Buffer.from(event.subarray(behind, start)),
    after: null,
  }
}

interface Writer {
  add(type: string, fields: JsonObject): void
  bytes(): Buffer
}

/** Events numbered from `first` on, where the provider numbers them. */
function createWriter(first: unknown): Writer {
  const events: string[] = []
  return {
    add(type, fields) {
      const number = typeof first === 'number' ? { sequence_number: first + events.length } : {}
      events.push(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields, ...number })}\n\n`)
    },
    bytes: () => Buffer.from(events.join('')),
  }
}

/**
 * The answer's items as a cut stream ends with them, in order: finished ones as they came, and the message that was being
 * written with its text so far, which is closed as well. A tool call that is not finished is left out, so that nobody
 * runs half of one.
 */
function closeItems(structure: readonly JsonObject[], parts: readonly TextPart[], writer: Writer): unknown[] {
  const items = new Map<unknown, JsonObject>()
  const done = new Set<unknown>()
  for (const { type, item, output_index: index } of structure) {
    if (!isObject(item)) continue
    items.set(index, item)
    if (type === 'response.output_item.done') done.add(index)
  }
  const output: unknown[] = []
  for (const [index, item] of items) {
    if (done.has(index)) output.push(item)
    else if (item['type'] === 'message') {
      const own = parts.filter(({ outputIndex }) => outputIndex === index)
      output.push(closeMessage(item, index, own, writer))
    }
  }
  return output
}

function closeMessage(item: JsonObject, index: unknown, parts: readonly TextPart[], writer: Writer): JsonObject {
  const content = parts.map(({ contentIndex, text: store }) => {
    const place = { item_id: item['id'], output_index: index, content_index: contentIndex }
    const text = store.text()
    const part = { type: 'output_text', annotations: [], logprobs: [], text }
    writer.add('response.output_text.done', { ...place, text, logprobs: [] })
    writer.add('response.content_part.done', { ...place, part })
    return part
  })
  const closed = { ...item, status: 'incomplete', content }
  writer.add('response.output_item.done', { output_index: index, item: closed })
  return closed
}

function figuresOf({ input, output }: Cut['usage']): JsonObject {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  }
}
