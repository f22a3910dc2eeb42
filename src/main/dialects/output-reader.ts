/**
 * Reads what a model generated out of the events of a stream, and writes the end of a stream that is cut off. Only for
 * answers under a cap: the others pass unread.
 */
import { createChatOutputReader } from './chat-output.ts'
import { createResponsesOutputReader } from './responses-output.ts'
import type { Dialect } from './dialect.ts'
import type { OutputReader } from './output-piece.ts'

/** `tellsUsage`: the client of a chat stream asked for the usage chunk. */
export function createOutputReader(dialect: Dialect, tellsUsage: boolean): OutputReader {
  return dialect === 'responses' ? createResponsesOutputReader() : createChatOutputReader(tellsUsage)
}
