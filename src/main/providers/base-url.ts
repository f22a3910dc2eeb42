/**
 * Makes one API base of whatever an operator pastes. Providers document their address with or without the version, and
 * people paste the origin, the base or a whole endpoint.
 *
 * - A path with a version segment (`v1`, `v3`, `v1beta`, anywhere in it) is taken as it stands: `/openai/v1`, `/api/v3`,
 *   `/v1beta/openai` (Gemini), `/v1/{account}/{gateway}/openai` (Cloudflare).
 * - Anything else gets `/v1`: the bare origin (OpenAI, DeepSeek, Ollama, vLLM, LM Studio), and paths such as `/api`
 *   (OpenRouter), `/openai` (Groq), `/inference` (Fireworks).
 * - Except the few providers whose API has no version at all, listed in `unversioned`.
 */
const VERSION_SEGMENT = /^v\d+(?:(?:alpha|beta)\d*)?$/i

/** Host and path of providers that append `/chat/completions` to an address without a version. */
const unversioned = [
  /^models\.github\.ai\/(?:.*\/)?inference$/,
  /^models\.inference\.ai\.azure\.com$/,
  /^api\.perplexity\.ai$/,
  /^[^/]+\.(?:databricks\.com|azuredatabricks\.net)\/serving-endpoints$/,
]

const endpointTail = /\/(?:chat\/completions|responses|embeddings)$/

/** The address that `/chat/completions` is appended to; no trailing slash. */
export function apiBaseOf(baseUrl: string): string {
  const url = new URL(baseUrl)
  const joined = `/${url.pathname.split('/').filter(Boolean).join('/')}`
  const path = joined.replace(endpointTail, '').replace(/\/$/, '')
  const isVersioned = path.split('/').some((segment) => VERSION_SEGMENT.test(segment))
  const isComplete = isVersioned || unversioned.some((known) => known.test(url.hostname + path))
  return url.origin + path + (isComplete ? '' : '/v1')
}

/** Only OpenAI itself, over https, is not a third party to OpenAI's own clients. */
export function isOpenai(baseUrl: string): boolean {
  return new URL(baseUrl).origin === 'https://api.openai.com'
}
