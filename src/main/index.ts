/** Entry of the desktop app. */
import { join } from 'node:path'
import { createApp } from './app.ts'
import { startDesktop } from './host/electron/run.ts'
import { version } from './version.ts'

// A terminal that was closed is no reason to stop serving.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})

startDesktop({
  argv: process.argv,
  env: process.env,
  createCore: createApp,
  version,
  rendererDir: join(import.meta.dirname, '..', 'renderer'),
  preload: join(import.meta.dirname, '..', 'preload', 'index.cjs'),
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
})
