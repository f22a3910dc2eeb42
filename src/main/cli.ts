/** Entry of the `weir` command. */
import { createApp } from './app.ts'
import { runCli } from './cli/run-cli.ts'
import { runHeadless } from './host/headless/run.ts'
import { askPassphrase, canAskPassphrase } from './secrets/prompt.ts'
import { version } from './version.ts'

// `weir logs --follow | head` ends when its reader does.
process.stdout.on('error', () => process.exit(0))
process.stderr.on('error', () => {})

const terminal = {
  env: process.env,
  stdin: process.stdin,
  stdout: (text: string) => void process.stdout.write(text),
  stderr: (text: string) => void process.stderr.write(text),
  now: Date.now,
}
const prompt = canAskPassphrase() ? { askPassphrase: () => askPassphrase('Passphrase of the secret vault: ') } : {}

const code = await runCli({
  argv: process.argv.slice(2),
  version,
  createCore: createApp,
  io: terminal,
  ...prompt,
  start: (argv) =>
    runHeadless({
      argv,
      env: process.env,
      createCore: createApp,
      version,
      stdout: terminal.stdout,
      stderr: terminal.stderr,
      ...prompt,
    }),
})
// A large answer into a pipe is written later; only then may the process go.
process.stdout.write('', () => process.exit(code))
