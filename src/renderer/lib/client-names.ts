/** What client programs are called on the pages. */
import type { ClientKind } from '../../shared/models/request.ts'

export const clientNames: Readonly<Record<ClientKind, string>> = {
  codex: 'Codex',
  opencode: 'OpenCode',
  'claude-code': 'Claude Code',
  'openai-sdk': 'OpenAI SDK',
  'anthropic-sdk': 'Anthropic SDK',
  'ai-sdk': 'AI SDK',
  curl: 'curl',
  other: 'Other',
}

/** Of what the core names; a newer one may name a program that this page has never heard of. */
export function clientName(client: string): string {
  return Object.hasOwn(clientNames, client) ? clientNames[client as ClientKind] : client
}
