/** Runs one heavy task on a database file in a thread of its own, with progress, and stops it when asked to. */
import { Worker } from 'node:worker_threads'
import { AppError } from '../../shared/errors.ts'
import type { CareMessage, CareTask, CareTasks } from './care-thread.ts'
import { entryFile } from '../threads/entry-file.ts'

export interface CareOptions {
  readonly signal: AbortSignal
  progress(done: number, total: number | null): void
}

export function runCare<T extends keyof CareTasks>(
  work: CareTask & { readonly task: T },
  options: CareOptions,
): Promise<CareTasks[T]['output']> {
  const { signal, progress } = options
  if (signal.aborted) return Promise.reject(cancelled())
  const worker = new Worker(entryFile(import.meta.dirname, 'care-thread'), { workerData: work, env: {}, execArgv: [] })
  return new Promise((resolve, reject) => {
    let outcome: (() => void) | null = null
    worker.on('message', (message: CareMessage) => {
      if (message.type === 'progress') progress(message.done, message.total)
      else if (message.type === 'done') outcome = () => resolve(message.value)
      else {
        const { code, message: text, details } = message.error
        outcome = () => reject(new AppError(code, text, { details }))
      }
    })
    const stop = () => void worker.terminate()
    signal.addEventListener('abort', stop, { once: true })
    let cause: unknown
    worker.on('error', (error) => {
      cause = error
    })
    // Only now are its files closed.
    worker.on('exit', () => {
      signal.removeEventListener('abort', stop)
      if (signal.aborted) reject(cancelled())
      else if (outcome !== null) outcome()
      else reject(new AppError('internal', 'The thread that works on the database stopped. Try again.', { cause }))
    })
  })
}

export function cancelled(): AppError {
  return new AppError('cancelled', 'The work was cancelled before its end.')
}
