/**
 * The web addresses that a page may hand to the operator's browser: where accounts, keys and documentation of the known
 * providers and clients are. Anything else, and anything but plain https, is refused.
 */
const externalHosts: ReadonlySet<string> = new Set([
  // OpenAI and ChatGPT
  'platform.openai.com',
  'developers.openai.com',
  'help.openai.com',
  'status.openai.com',
  'auth.openai.com',
  'chatgpt.com',
  // Anthropic
  'console.anthropic.com',
  'platform.claude.com',
  'docs.claude.com',
  'docs.anthropic.com',
  'code.claude.com',
  'status.claude.com',
  // Clients
  'opencode.ai',
  'ai-sdk.dev',
])

/** The address in its normal form when it may be opened outside, else null. */
export function externalLink(text: string): string | null {
  const url = URL.parse(text)
  if (url === null || url.protocol !== 'https:' || url.port !== '') return null
  // A user name in front of the host is how an address pretends to be another one.
  if (url.username !== '' || url.password !== '') return null
  return externalHosts.has(url.hostname) ? url.href : null
}
