/**
 * `npm start`: builds when needed, then becomes Weir. The headless host runs in this very process, so Ctrl-C, signals and
 * the exit code are its own; only the desktop app is a child.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildIfStale } from './build-if-stale.ts'
import { desktopEntry, electronBinary } from './desktop.ts'

const root = join(import.meta.dirname, '..')
const argv = process.argv.slice(2)
const say = (line: string) => process.stderr.write(`${line}\n`)
/** Flags that only print, or ask for no window, need no word about the window. */
const wantsWindow = !['--headless', '--help', '-h', '--version'].some((flag) => argv.includes(flag))

try {
  await buildIfStale(root, say)
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exit(6)
}

const desktop = wantsWindow && !process.env['WEIR_HEADLESS'] ? desktopEntry(root) : null
const binary = electronBinary(root)
if (desktop !== null && binary !== null) runDesktop(binary)
else {
  if (wantsWindow && !process.env['WEIR_HEADLESS'])
    say('The desktop app is not available here: starting without a window.')
  await import(pathToFileURL(join(root, 'out', 'main', 'headless.js')).href)
}

function runDesktop(electron: string): void {
  const child = spawn(electron, [root, ...argv], { stdio: 'inherit' })
  // A terminal sends Ctrl-C to both; a signal from elsewhere reaches this process alone.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('error', (error) => {
    say(`The desktop app did not start: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code) => process.exit(code ?? 1))
}
