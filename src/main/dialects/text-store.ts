/** Text that grows by small pieces and is read once: one block of bytes, instead of an object for each piece. */
export interface TextStore {
  append(text: string): void
  /** Takes that many bytes of UTF-8 off the end. */
  dropLast(bytes: number): void
  text(): string
}

const FIRST_BYTES = 1_024
/** Of one UTF-16 unit in UTF-8. */
const MAX_UNIT_BYTES = 3

export function createTextStore(): TextStore {
  let block = Buffer.allocUnsafe(FIRST_BYTES)
  let length = 0
  return {
    append(text) {
      const most = length + text.length * MAX_UNIT_BYTES
      if (most > block.length) {
        const larger = Buffer.allocUnsafe(most * 2)
        block.copy(larger, 0, 0, length)
        block = larger
      }
      length += block.write(text, length)
    },
    dropLast(bytes) {
      length = Math.max(0, length - bytes)
    },
    text: () => block.toString('utf8', 0, length),
  }
}
