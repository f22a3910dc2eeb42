/** Codex as its user has it: on a terminal, typed at, and read from the screen. */
import { codexEntry } from './paths.ts'
import { openTerminal, type ProgramOptions } from './terminal.ts'

/** One of the windows that `/status` shows. */
export interface ShownLimit {
  readonly window: string
  /** Percent. */
  readonly left: number
}

export interface CodexScreen {
  /** A turn, until its answer can be read. */
  ask(prompt: string, answer: string): Promise<void>
  /**
   * Asks for `/status`: the windows that it shows, or what it says instead of any. It shows what it knew, and looks them up
   * meanwhile: who waits for a new figure asks again, as its user would.
   */
  limits(): Promise<readonly ShownLimit[] | string>
  close(): Promise<void>
}

const PLACEHOLDER = 'Ask Codex to do anything'
const DOWN = '\u001B[B'
const ENTER = '\r'

/** When a key is pressed again that changed nothing: what comes while Codex changes its screen is lost. */
const againMs = 5_000

/** What it may ask before it takes a prompt, and the key that leads to all being left as it is. */
const questions = [
  { shown: /^› \d\. Use existing model/m, key: ENTER },
  { shown: /^ +\d\. Use existing model/m, key: DOWN },
]

/** What stands where the user types; a list of commands may be above it, so it is the last. Null where there is no such place. */
function typedOn(screen: string): string | null {
  return (
    screen
      .match(/^› .*$/gm)
      ?.at(-1)
      ?.slice(2)
      .trim() ?? null
  )
}

/** There is a place to type before it takes anything; the line below comes when it does. */
const isReady = (screen: string): boolean => typedOn(screen) === PLACEHOLDER && /^ +← for agents/m.test(screen)

/** Of the newest `/status` on the screen; null before the first is complete. */
function limitsOn(screen: string): readonly ShownLimit[] | string | null {
  const card = /(?:^|[^]*\n)\/status\n([^]*)$/.exec(screen)?.[1]
  if (card === undefined) return null
  const windows = [...card.matchAll(/^\s+(\S+) limit: +\[[█░]+\] (\d+)% left \(resets [^)]+\)/gm)]
  if (windows.length > 0) return windows.map(([, window = '', left]) => ({ window, left: Number(left) }))
  return /^\s+Limits: +(.+)$/m.exec(card)?.[1]?.trim() ?? null
}

/** `env` has its home, where its configuration is. */
export function openCodexScreen(model: string, options: ProgramOptions): CodexScreen {
  // Else it leaves a server behind that outlives it, and takes what is typed fast, its end too, for something pasted.
  const args = [codexEntry, '--disable', 'daemon_auto_start', '-c', 'disable_paste_burst=true', '-m', model]
  const terminal = openTerminal(process.execPath, args, options)
  let pressed = { key: '', at: 0 }

  function press(key: string): void {
    if (pressed.key === key && Date.now() < pressed.at + againMs) return
    terminal.write(key)
    pressed = { key, at: Date.now() }
  }

  /** Answers what Codex asks meanwhile. */
  function until<T>(what: string, look: (screen: string) => T | null): Promise<T> {
    pressed = { key: '', at: 0 }
    return terminal.until(what, (screen) => {
      const question = questions.find(({ shown }) => shown.test(screen))
      if (question === undefined) return look(screen)
      press(question.key)
      return null
    })
  }

  async function submit(line: string): Promise<void> {
    await until('a place to type', (screen) => isReady(screen) || null)
    await until(`"${line}" where it was typed`, (screen) => {
      const typed = typedOn(screen)
      if (typed === PLACEHOLDER) press(line)
      return typed === line || null
    })
    await until(`"${line}" to be sent`, (screen) => {
      if (typedOn(screen) !== line) return true
      press(ENTER)
      return null
    })
  }

  return {
    async ask(prompt, answer) {
      await submit(prompt)
      await until(`"${answer}"`, (screen) => screen.includes(`• ${answer}`) || null)
    },
    async limits() {
      await submit('/status')
      return until('the limits', limitsOn)
    },
    close: () => terminal.close(),
  }
}
