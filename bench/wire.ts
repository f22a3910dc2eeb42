/**
 * Reads HTTP/1.1 answers off a raw socket with as little work as correctness allows: status, length or chunk framing,
 * body slices. One reader per connection, reused for every answer on it.
 */
export interface AnswerEvents {
  head(status: number): void
  /** A slice that is valid during the call only. */
  body(bytes: Buffer): void
  end(): void
}

export type AnswerReader = (bytes: Buffer) => void

type State = 'head' | 'length' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailer' | 'until-close'

const CRLF2 = Buffer.from('\r\n\r\n')
const LF = 0x0a

export function createAnswerReader(on: AnswerEvents): AnswerReader {
  let state: State = 'head'
  let left = 0
  let kept: Buffer | null = null

  /** Each step returns where it stopped, or -1 when it needs more bytes than there are. */
  const steps: Record<State, (bytes: Buffer, at: number) => number> = {
    head(bytes, at) {
      const end = bytes.indexOf(CRLF2, at)
      if (end < 0) return -1
      const head = bytes.toString('latin1', at, end)
      on.head(Number(head.slice(9, 12)))
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)
      if (length !== null) {
        left = Number(length[1])
        state = 'length'
        if (left === 0) finish()
      } else state = /\r\ntransfer-encoding: *chunked/i.test(head) ? 'chunk-size' : 'until-close'
      return end + 4
    },
    length(bytes, at) {
      const next = take(bytes, at)
      if (left === 0) finish()
      return next
    },
    'chunk-size'(bytes, at) {
      const end = bytes.indexOf(LF, at)
      if (end < 0) return -1
      left = Number.parseInt(bytes.toString('latin1', at, end), 16)
      state = left === 0 ? 'trailer' : 'chunk-data'
      return end + 1
    },
    'chunk-data'(bytes, at) {
      const next = take(bytes, at)
      if (left === 0) state = 'chunk-end'
      return next
    },
    'chunk-end'(bytes, at) {
      if (bytes.length - at < 2) return -1
      state = 'chunk-size'
      return at + 2
    },
    trailer(bytes, at) {
      const end = bytes.indexOf(LF, at)
      if (end < 0) return -1
      if (end - at <= 1) finish()
      return end + 1
    },
    'until-close'(bytes, at) {
      on.body(bytes.subarray(at))
      return bytes.length
    },
  }

  function take(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + left)
    left -= end - at
    on.body(bytes.subarray(at, end))
    return end
  }

  function finish(): void {
    state = 'head'
    on.end()
  }

  return (bytes) => {
    const buffer = kept === null ? bytes : Buffer.concat([kept, bytes])
    kept = null
    let at = 0
    while (at < buffer.length) {
      const next = steps[state](buffer, at)
      if (next < 0) {
        kept = Buffer.from(buffer.subarray(at))
        return
      }
      at = next
    }
  }
}
