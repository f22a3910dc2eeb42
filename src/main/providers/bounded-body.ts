/** A provider's whole answer as text, within a bound: nobody's server may fill the memory. */

/** @throws what `tooLong` gives, once the body is longer than `maxBytes`. */
export async function readBounded(
  body: AsyncIterable<unknown>,
  maxBytes: number,
  tooLong: () => Error,
): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body as AsyncIterable<Buffer>) {
    size += part.length
    if (size > maxBytes) throw tooLong()
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
