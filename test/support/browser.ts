/** A real Chromium that talks to nobody but this machine, and a page of somebody else to open in it. */
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { ensureMachine } from './machine.ts'

/** Names that resolve to 127.0.0.1 in the browser alone: a foreign site, and one whose name was rebound to us. */
export const FOREIGN_NAME = 'somebody.test'
export const REBOUND_NAME = 'rebound.test'

export function openBrowser(): Promise<Browser> {
  ensureMachine({ browser: true })
  const names = [FOREIGN_NAME, REBOUND_NAME].map((name) => `MAP ${name} 127.0.0.1`).join(', ')
  const args = [
    `--host-resolver-rules=${names}`,
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-quic',
    '--no-first-run',
    '--disable-gpu',
    // Its sandbox does not start as root.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ]
  const program = process.platform === 'linux' ? { executablePath: '/usr/bin/chromium' } : { channel: 'chrome' }
  return chromium.launch({ ...program, args })
}

export interface LocalServer {
  readonly port: number
  close(): Promise<void>
}

export async function serve(listener: RequestListener): Promise<LocalServer> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The hostile page, on an origin of its own under any name that leads here. */
export function serveHostilePage(): Promise<LocalServer> {
  const html = readFileSync(join(import.meta.dirname, 'hostile-page.html'))
  return serve((request, response) => {
    if (request.url !== '/') response.writeHead(404).end()
    else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html)
  })
}

export interface Target {
  readonly origin: string
  readonly key: string
  readonly readPath: string
  readonly writePath: string
  readonly streamPath: string
  /** JSON with exactly one `=` in it. */
  readonly body: string
}

/** By the way it was tried, what the page read; null for nothing. */
export type Read = Readonly<Record<string, string | null>>

export async function attack(page: Page, target: Target): Promise<Read> {
  return (await page.evaluate(`attack(${JSON.stringify(target)})`)) as Read
}
