/**
 * Streams of routes that pass as they are: images that come part by part, texts of a recording. Each of them names its
 * events by `…partial_image`, `…delta` and the like, and ends with one of `…completed` or `…done` for each result, so the
 * last word is the end of the stream itself.
 */
import { isObject, parseJsonObject } from './json.ts'
import { responsesEventType } from './responses.ts'
import { dataStart, DONE, eventData, startsWith } from './sse.ts'
import { endsAsJson, toStreamError, type EventKind, type EventReader, type StreamError } from './stream.ts'
import { addUsage, toTokenUsage } from './usage.ts'
import type { TokenUsage } from '../../shared/models/request.ts'

const FAILED = /(?:^error|\.failed)$/
const RESULT = /\.(?:completed|done)$/

export function createPlainEventReader(): EventReader {
  let usage: TokenUsage | null = null
  let error: StreamError | null = null
  let results = 0

  function add(more: TokenUsage | null): void {
    if (more !== null) usage = usage === null ? more : addUsage(usage, more)
  }

  return {
    read(event): EventKind {
      const at = dataStart(event)
      if (at < 0) return 'prelude'
      if (startsWith(event, DONE, at)) return 'terminal'
      const type = responsesEventType(event, at)
      const isFailure = FAILED.test(type)
      if (!isFailure && !RESULT.test(type)) return endsAsJson(event, at) ? 'output' : 'garbled'
      const data = parseJsonObject(eventData(event))
      if (data === null) return 'garbled'
      const inner = isObject(data['response']) ? data['response'] : data
      if (isFailure) {
        error = toStreamError(inner['error'] ?? data['error'] ?? data)
        return 'error'
      }
      results++
      add(toTokenUsage(inner['usage']))
      return 'output'
    },
    get usage() {
      return usage
    },
    get error() {
      return error
    },
    isComplete: () => results > 0,
  }
}
