/** What a start that failed says: the terminal's words, in a dialog for whoever has no terminal. */
import { app, dialog } from 'electron'
import { AppError } from '../../../shared/errors.ts'
import { exitCodeOf } from '../headless/exit-codes.ts'
import { startErrorText } from '../headless/start-error.ts'

/** Ends the process. Nothing is open any more when this is called. */
export function failStart(error: unknown, stderr: (text: string) => void): void {
  const text = failureText(error)
  stderr(text)
  dialog.showErrorBox('Weir did not start', text)
  app.exit(exitCodeOf(AppError.from(error).code))
}

function failureText(error: unknown): string {
  const text = startErrorText(error)
  if (!(error instanceof AppError) || error.code !== 'instance_running') return text
  return `${text}The one that runs has no window: \`weir status\` prints a link to its page.\n`
}
