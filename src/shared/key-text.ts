/** The secret of a Pool API key or ephemeral token that was pasted whole is not worth keeping: its public part finds the same. */
export function withoutKeySecret(text: string): string {
  return text.replaceAll(/((?:sk|et)-weir-[0-9A-Za-z]{10})-[0-9A-Za-z]+/g, '$1')
}
