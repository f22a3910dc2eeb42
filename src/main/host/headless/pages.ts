/**
 * The pages around the operator surface: signing in, and a bare one where the page is not built. Static, without script.
 * Every value that goes in is escaped, and the content policy allows exactly this style sheet and a form back to ourselves.
 */
import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'

const STYLE = `
:root { color-scheme: light dark; --ink: #1b2530; --dim: #5b6875; --line: #d9e0e6; --paper: #f6f8f9; --card: #fff; --accent: #0b6e7f }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e5ebf0; --dim: #9aa7b3; --line: #2f3a44; --paper: #12181d; --card: #1a2229; --accent: #5cc3d3 }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px; background: var(--paper);
  color: var(--ink); font: 15px/1.55 system-ui, sans-serif }
main { width: 100%; max-width: 620px; background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 28px 32px; border-top: 3px solid var(--accent) }
h1 { margin: 0 0 4px; font-size: 20px; font-weight: 650 }
p { margin: 12px 0 0 }
.dim { color: var(--dim) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 20px; margin: 20px 0 0; padding: 16px 0;
  border: solid var(--line); border-width: 1px 0 }
dt { color: var(--dim) }
dd { margin: 0; overflow-wrap: anywhere }
code { font: 13px/1.5 ui-monospace, monospace }
button { margin-top: 20px; padding: 6px 14px; border: 1px solid var(--line); border-radius: 6px; background: none;
  color: inherit; font: inherit; cursor: pointer }
button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
`

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')
const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`

export function sendPage(response: ServerResponse, status: number, html: string): void {
  response.setHeader('content-security-policy', PAGE_POLICY)
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(html),
  })
  response.end(html)
}

export function homePage(facts: { baseUrl: string; version: string }): string {
  return page(
    'Weir is running',
    `<p class="dim">Version ${escape(facts.version)}</p>
    <dl>
      <dt>Base URL</dt><dd><code>${escape(facts.baseUrl)}</code></dd>
      <dt>Clients send</dt><dd>a Pool API key, as <code>Authorization: Bearer sk-weir-…</code></dd>
    </dl>
    <p>The admin page is not built here: run <code>npm run build</code> and start again. The <code>weir</code> command manages
    the same things: <code>npx weir --help</code> lists what it can do.</p>
    <form method="post" action="/sign-out"><button type="submit">Sign out</button></form>`,
  )
}

export function signedOutPage(): string {
  return page(
    'Sign in to Weir',
    `<p>This page opens with a one-time link. The link was printed when Weir started; to get a new one, run</p>
    <p><code>npx weir status</code></p>
    <p class="dim">A Pool API key does not sign in here: it is for clients of the gateway.</p>`,
  )
}

export function badLinkPage(): string {
  return page(
    'This link no longer works',
    `<p>A sign-in link works once, for 15 minutes, and only until Weir restarts. Get a new one with</p>
    <p><code>npx weir status</code></p>`,
  )
}

export function tooManyPage(seconds: number): string {
  return page(
    'Too many failed sign-ins',
    `<p>Wait ${seconds} seconds, then open the link again. It has not been used up.</p>`,
  )
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title>
<style>${STYLE}</style></head>
<body><main><h1>${escape(title)}</h1>
    ${body}
</main></body>
</html>
`
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
