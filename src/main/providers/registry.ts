import type { UpstreamKind } from '../../shared/models/upstream.ts'
import { chatgptProvider } from './chatgpt.ts'
import { openaiCompatibleProvider } from './openai-compatible.ts'
import { openaiProvider } from './openai.ts'
import type { Provider } from './provider.ts'
import { simulatorProvider } from './simulator.ts'

const providers: Readonly<Record<UpstreamKind, Provider>> = {
  openai: openaiProvider,
  'openai-compatible': openaiCompatibleProvider,
  chatgpt: chatgptProvider,
  simulator: simulatorProvider,
}

export function providerOf(kind: UpstreamKind): Provider {
  return providers[kind]
}
