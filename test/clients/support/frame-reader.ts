/** Reads the text frames out of one direction of a WebSocket, as they cross the relay; those of clients are masked. */
const TEXT = 1

export function createFrameReader(onText: (text: Buffer) => void): (chunk: Buffer) => void {
  let pending = Buffer.alloc(0)

  /** The frame at the start of what came, or null while it is incomplete. */
  function next(): { opcode: number; payload: Buffer; length: number } | null {
    if (pending.length < 2) return null
    const isMasked = (pending[1]! & 0x80) !== 0
    const short = pending[1]! & 0x7f
    const size = short < 126 ? 0 : short === 126 ? 2 : 8
    const start = 2 + size + (isMasked ? 4 : 0)
    if (pending.length < start) return null
    const bytes = size === 0 ? short : size === 2 ? pending.readUInt16BE(2) : Number(pending.readBigUInt64BE(2))
    if (pending.length < start + bytes) return null
    const payload = Buffer.from(pending.subarray(start, start + bytes))
    if (isMasked) for (let i = 0; i < bytes; i += 1) payload[i]! ^= pending[start - 4 + (i % 4)]!
    return { opcode: pending[0]! & 0x0f, payload, length: start + bytes }
  }

  return function feed(chunk: Buffer): void {
    pending = Buffer.concat([pending, chunk])
    for (let frame = next(); frame !== null; frame = next()) {
      pending = pending.subarray(frame.length)
      if (frame.opcode === TEXT) onText(frame.payload)
    }
  }
}
