/** A program on a terminal of its own, and its screen as a person would see it. */
import { setTimeout as wait } from 'node:timers/promises'
import { spawn } from '@lydell/node-pty'
import xterm from '@xterm/headless'

export interface ProgramTerminal {
  /** What is on the screen now, a line for each row, without blanks at their ends. */
  screen(): string
  /** Keys as a keyboard sends them. */
  write(keys: string): void
  /** Waits until `look` finds something; fails with the screen when that takes too long or the program has ended. */
  until<T>(what: string, look: (screen: string) => T | null): Promise<T>
  close(): Promise<void>
}

export interface ProgramOptions {
  readonly cwd: string
  /** The whole environment, PATH aside: nothing of the machine's own set-up reaches a client. */
  readonly env: Readonly<Record<string, string>>
}

/** Wide enough that no line of a client is cut, and high enough for what it prints in a few turns. */
const size = { cols: 120, rows: 60 }
const patienceMs = 40_000

export function openTerminal(command: string, args: string[], { cwd, env }: ProgramOptions): ProgramTerminal {
  const emulator = new xterm.Terminal({ ...size, allowProposedApi: true })
  const own = { PATH: process.env['PATH'] ?? '', TERM: 'xterm-256color', LANG: 'C.UTF-8' }
  const program = spawn(command, args, { ...size, name: own.TERM, cwd, env: { ...own, ...env } })
  let ended: number | null = null
  const gone = new Promise<void>((resolve) => {
    program.onExit(({ exitCode }) => {
      ended = exitCode
      resolve()
    })
  })
  program.onData((text) => emulator.write(text))
  // Programs ask their terminal where the cursor is, and wait for it to say.
  emulator.onData((answer) => {
    if (ended === null) program.write(answer)
  })

  function screen(): string {
    const { active } = emulator.buffer
    const rows = Array.from({ length: size.rows }, (_, row) => active.getLine(active.viewportY + row))
    return rows.map((line) => line?.translateToString(true) ?? '').join('\n')
  }

  return {
    screen,
    write: (keys) => program.write(keys),
    async until(what, look) {
      const end = Date.now() + patienceMs
      for (;;) {
        const found = look(screen())
        if (found !== null) return found
        const why = ended !== null ? `it ended with ${ended}` : Date.now() > end ? `${patienceMs} ms went by` : null
        if (why !== null) throw new Error(`Waited for ${what}, but ${why}. On the screen was:\n${screen()}`)
        await wait(50)
      }
    },
    async close() {
      // The whole group: a client is a launcher with the real program below it.
      if (ended === null) process.kill(-program.pid, 'SIGKILL')
      await gone
      emulator.dispose()
    },
  }
}
