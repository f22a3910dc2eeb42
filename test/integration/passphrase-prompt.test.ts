import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tempDir } from '../support/temp-dir.ts'

// The `script` of macOS takes other arguments, and Windows has none.
describe.runIf(process.platform === 'linux')('the passphrase prompt', () => {
  const prompt = resolve(import.meta.dirname, '../../src/main/secrets/prompt.ts')
  const ask = `import { askPassphrase } from '${prompt}'
    const answer = await askPassphrase('Passphrase: ')
    process.stdout.write('length ' + answer.length + ' hash ' + (await crypto.subtle.digest('SHA-256', Buffer.from(answer)).then((d) => Buffer.from(d).toString('hex'))))`

  /** Runs the question on a terminal of its own and types the keys once it is asked; everything the terminal shows. */
  async function type(keys: string): Promise<{ readonly screen: string; readonly exitCode: number }> {
    const directory = tempDir('prompt')
    const file = join(directory.path, 'ask.mjs')
    writeFileSync(file, ask)
    const command = `${process.execPath} ${file}; echo " exit $?"`
    const terminal = spawn('script', ['-q', '-c', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
    let screen = ''
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      const isAsked = screen.includes('Passphrase: ')
      screen += text
      if (!isAsked && screen.includes('Passphrase: ')) terminal.stdin.write(keys)
    })
    await once(terminal, 'close')
    directory.remove()
    return { screen, exitCode: Number(/ exit (\d+)/.exec(screen)?.[1]) }
  }

  it('reads a line and shows none of it', async () => {
    const { screen, exitCode } = await type('pässXX\u007F\u007Fwort 漢\r')
    expect(exitCode).toBe(0)
    expect(screen).toContain(`length 10 hash ${createHash('sha256').update('pässwort 漢').digest('hex')}`)
    expect(screen).not.toMatch(/wort|漢/)
  })

  it('ends the process on Ctrl-C', async () => {
    const { screen, exitCode } = await type('secret\u0003')
    expect(exitCode).toBe(130)
    expect(screen).not.toContain('secret')
    expect(screen).not.toMatch(/Error|at /)
  })
})
