#!/usr/bin/env node
// The `weir` command. Plain JavaScript for any Node: on an older one it hands over to the Node that Weir brings along.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const MIN_NODE = 24
const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
const built = join(root, 'out', 'main', 'cli.js')

if (Number(process.versions.node.split('.')[0]) < MIN_NODE) runUnderOwnNode()
else {
  if (!existsSync(built)) await build()
  await import(pathToFileURL(built).href)
}

async function build() {
  try {
    const { buildIfStale } = await import('../scripts/build-if-stale.ts')
    await buildIfStale(root, (line) => process.stderr.write(`${line}\n`))
  } catch (error) {
    process.stderr.write(`weir: ${error instanceof Error ? error.message : error}\n`)
    process.exit(6)
  }
}

function runUnderOwnNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const own = join(root, 'node_modules', 'node', 'bin', name)
  if (!existsSync(own)) {
    process.stderr.write(
      `weir: Node ${MIN_NODE} is needed, this is ${process.versions.node}. Run \`npm ci\` in ${root}.\n`,
    )
    process.exit(1)
  }
  const child = spawn(own, [join(root, 'bin', 'weir.mjs'), ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal sends Ctrl-C to both; a signal from elsewhere reaches this process alone.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code) => process.exit(code ?? 1))
}
