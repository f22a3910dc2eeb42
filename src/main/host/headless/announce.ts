/** What a start prints once it is ready: for a person, or as one JSON line for a program. */
import type { NetworkInterfaceInfo } from 'node:os'
import type { Demo } from './demo.ts'

export interface Ready {
  /** Ends in `/v1`. */
  readonly baseUrl: string
  /** The sign-in link, null where no page is served. */
  readonly adminUrl: string | null
  readonly dataDir: string
  readonly version: string
  readonly demo: Demo | null
  /** True when an instance that already ran answered. */
  readonly joined: boolean
}

export function baseUrlOf(gatewayUrl: string): string {
  return `${gatewayUrl.replace(/\/+$/, '')}/v1`
}

export function readyJson(ready: Ready): string {
  const { baseUrl, adminUrl } = ready
  return `${JSON.stringify({ baseUrl, apiKey: ready.demo?.apiKey ?? null, adminUrl })}\n`
}

/** `isUsualDataDir`: the `weir` command finds the data without being told where. */
export function readyText(ready: Ready, platform: NodeJS.Platform = process.platform, isUsualDataDir = true): string {
  const lines = [
    ready.joined ? `Weir ${ready.version} was running already.` : `Weir ${ready.version} is running.`,
    '',
    `  Base URL  ${ready.baseUrl}`,
    `  Sign in   ${ready.adminUrl ?? 'no page is served'}`,
    ...(ready.adminUrl === null
      ? []
      : [
          `            (opens once, within 15 minutes; \`${statusCommand(ready.dataDir, isUsualDataDir)}\` prints a new link)`,
        ]),
    `  Data      ${ready.dataDir}`,
  ]
  if (ready.demo === null) {
    lines.push('', 'Next: `npx weir --help` shows how to add an upstream, a Pool and a key, or start with --demo.')
  } else {
    lines.push(`  Pool key  ${ready.demo.apiKey}`)
    lines.push(
      ready.demo.rotated
        ? '            (the demo key was rotated to have one to show: the one printed before works no more)'
        : '            (shown this once; every start with --demo makes a new one)',
    )
    lines.push('', 'Try it:', '', curlLine(ready.baseUrl, ready.demo.apiKey, platform))
  }
  if (!ready.joined) lines.push('', 'Ctrl-C stops it.')
  return `${lines.join('\n')}\n`
}

/** Asks the instance that printed it, not another one. */
function statusCommand(dataDir: string, isUsualDataDir: boolean): string {
  return isUsualDataDir ? 'npx weir status' : `npx weir status --data-dir "${dataDir}"`
}

/** One line that works as pasted. cmd.exe knows double quotes only. */
export function curlLine(baseUrl: string, apiKey: string, platform: NodeJS.Platform): string {
  const body = JSON.stringify({ model: 'sim-chat', messages: [{ role: 'user', content: 'Hello' }] })
  const quoted = platform === 'win32' ? `"${body.replaceAll('"', '\\"')}"` : `'${body}'`
  const headers = `-H "Authorization: Bearer ${apiKey}" -H "Content-Type: application/json"`
  return `curl ${baseUrl}/chat/completions ${headers} -d ${quoted}`
}

/** What listening beyond loopback means, with the addresses to give out. */
export function exposureText(
  host: string,
  baseUrl: string,
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): string {
  const { port } = new URL(baseUrl)
  const isWildcard = host === '0.0.0.0' || host === '::'
  const addresses = isWildcard ? lanAddresses(interfaces, host === '::') : [host]
  const urls = addresses.map((address) => `http://${address.includes(':') ? `[${address}]` : address}:${port}/v1`)
  return [
    `The gateway listens on ${host}: other machines that can reach this one can use it with a valid Pool key.`,
    'Requests, answers and keys cross the network unencrypted. The operator surface stays on 127.0.0.1.',
    `Base URL for them: ${urls.length > 0 ? urls.join('  ') : 'none; this machine has no network address now'}`,
    '',
  ].join('\n')
}

function lanAddresses(
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
  withV6: boolean,
): string[] {
  return Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .filter((entry) => !entry.internal && (entry.family === 'IPv4' || (withV6 && !entry.address.startsWith('fe80'))))
    .map((entry) => entry.address)
}
