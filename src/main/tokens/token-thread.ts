/**
 * The thread that counts tokens: it alone loads the vocabulary. It is an entry of its own, in source and in the bundle,
 * that `createTokenCounter` starts; nothing imports more of it than the types of its messages.
 */
import { constants } from 'node:os'
import { parentPort, type MessagePort } from 'node:worker_threads'
import { stepBack } from '../threads/step-back.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { countRequest } from './counter.ts'

/** A body comes in parts, so that no copy of it holds the event loop for long. */
export interface CountPart {
  readonly bytes: Uint8Array
  /** With the last part: what to count. */
  readonly question: { readonly dialect: Dialect; readonly model: string | null } | null
}

/** Null when the body could not be read: why is told by the parser, and its words may hold content. */
export interface CountAnswer {
  readonly tokens: number | null
}

function serve(port: MessagePort): void {
  // Half a step: on a shared core streams go first, but a client waits for this answer.
  stepBack(constants.priority.PRIORITY_BELOW_NORMAL)
  const parts: Uint8Array[] = []
  function answer({ dialect, model }: NonNullable<CountPart['question']>): CountAnswer {
    const [only] = parts
    const isOne = parts.length === 1 && only !== undefined
    const body = isOne ? Buffer.from(only.buffer, only.byteOffset, only.byteLength) : Buffer.concat(parts)
    parts.length = 0
    try {
      return { tokens: countRequest(dialect, body, model ?? undefined) }
    } catch {
      return { tokens: null }
    }
  }
  port.on('message', ({ bytes, question }: CountPart) => {
    parts.push(bytes)
    if (question !== null) port.postMessage(answer(question), [])
  })
}

if (parentPort !== null) serve(parentPort)
