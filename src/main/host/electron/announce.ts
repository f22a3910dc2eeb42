/** What the desktop app prints for whoever started it from a terminal; clicked, nobody reads it. */
import type { Options } from '../../options.ts'
import { baseUrlOf, curlLine, exposureText, readyJson } from '../headless/announce.ts'
import type { Core } from '../headless/core.ts'
import type { Demo } from '../headless/demo.ts'
import { joinRunning } from '../headless/join-running.ts'
import { isLoopback } from '../../../shared/loopback.ts'
import { networkInterfaces } from 'node:os'

interface Output {
  readonly version: string
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
}

export function announce(output: Output, options: Options, core: Core, demo: Demo | null): void {
  const { dataDir } = options
  const baseUrl = baseUrlOf(core.gatewayUrl)
  if (options.json) {
    output.stdout(readyJson({ baseUrl, adminUrl: null, dataDir, version: output.version, demo, joined: false }))
  } else {
    const key =
      demo === null ? [] : [`  Pool key  ${demo.apiKey}`, '', curlLine(baseUrl, demo.apiKey, process.platform)]
    const lines = [`Weir ${output.version} is running.`, '', `  Base URL  ${baseUrl}`, `  Data      ${dataDir}`, ...key]
    output.stdout(`${lines.join('\n')}\n`)
  }
  const host = core.settings()['gateway.host']
  if (!isLoopback(host)) output.stderr(`\n${exposureText(host, baseUrl, networkInterfaces())}`)
}

/** A second start: its window is the first one's. A program that waits for the addresses still gets them. */
export async function announceJoined(output: Output, options: Options): Promise<void> {
  output.stderr('Weir is running already; its window is in front now.\n')
  if (!options.json && !options.demo) return
  try {
    const ready = await joinRunning(options)
    const key = ready.demo === null ? '' : `  Pool key  ${ready.demo.apiKey}\n`
    output.stdout(options.json ? readyJson(ready) : `  Base URL  ${ready.baseUrl}\n${key}`)
  } catch (error) {
    output.stderr(`It did not answer: ${error instanceof Error ? error.message : 'unknown'}\n`)
  }
}
