/**
 * Asks for the passphrase at the terminal without showing it. The question goes to stderr, so that stdout stays fit for a
 * program to read. In raw mode Ctrl-C is a character like any other: it is turned back into the signal it stands for.
 */
import { StringDecoder } from 'node:string_decoder'
import { AppError } from '../../shared/errors.ts'

export function canAskPassphrase(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY
}

export async function askPassphrase(prompt: string): Promise<string> {
  const { stdin, stderr } = process
  if (!canAskPassphrase()) {
    throw new AppError(
      'vault_locked',
      'There is no terminal to ask for the passphrase at. Set WEIR_PASSPHRASE instead.',
    )
  }
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const decoder = new StringDecoder('utf8')
  let line: readonly string[] = []

  function onData(chunk: Buffer): void {
    const edited = edit(line, decoder.write(chunk))
    line = edited.line
    if (edited.ended === null) return
    restore()
    if (edited.ended === 'entered') return resolve(line.join(''))
    // Ends the process here, unless a handler shuts it down in order; then the caller must not go on.
    process.kill(process.pid, 'SIGINT')
    reject(new AppError('vault_locked', 'The question for the passphrase was cancelled.'))
  }

  function restore(): void {
    stdin.off('data', onData)
    stdin.pause()
    stdin.setRawMode(false)
    stderr.write('\n')
  }

  // First silent, then asked: a key pressed at the sight of the question must not be shown.
  stdin.setRawMode(true)
  stderr.write(prompt)
  stdin.on('data', onData)
  stdin.resume()
  return promise
}

export interface Edited {
  readonly line: readonly string[]
  readonly ended: 'entered' | 'cancelled' | null
}

/** One burst of keys: characters, Backspace, Ctrl-U, Enter, Ctrl-C, Ctrl-D. Arrow keys and the like are dropped. */
export function edit(line: readonly string[], keys: string): Edited {
  const next = [...line]
  // eslint-disable-next-line no-control-regex
  for (const key of keys.replaceAll(/\u001B(?:[[O][\d;]*[ -/]*[@-~])?/gu, '')) {
    if (key === '\r' || key === '\n') return { line: next, ended: 'entered' }
    if (key === '\u0003' || (key === '\u0004' && next.length === 0)) return { line: [], ended: 'cancelled' }
    if (key === '\u007F' || key === '\b') next.pop()
    else if (key === '\u0015') next.length = 0
    else if (key >= ' ') next.push(key)
  }
  return { line: next, ended: null }
}
