/** Entry of the headless host. */
import { setFlagsFromString } from 'node:v8'
import { createApp } from './app.ts'
import { runHeadless } from './host/headless/run.ts'
import { askPassphrase, canAskPassphrase } from './secrets/prompt.ts'
import { version } from './version.ts'

// Of V8's compilers the middle one can crash Node 24.15 and later on a busy machine (nodejs/node#64841). Weir is as fast
// without it: what is hot goes on to the next one.
setFlagsFromString('--no-maglev')

// Whoever reads our output may leave before us; that is no reason to stop serving.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})

const code = await runHeadless({
  argv: process.argv.slice(2),
  env: process.env,
  createCore: createApp,
  ...(canAskPassphrase() ? { askPassphrase: () => askPassphrase('Passphrase of the secret vault: ') } : {}),
  version,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
})
process.exit(code)
