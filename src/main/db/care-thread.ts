/**
 * A thread for one heavy task on a database file: copying it, checking it. It ends with its task. The reader's thread is
 * not used, since an operator's lists would wait behind it. An entry of its own, in source and in the bundle.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import type { ErrorCode, ErrorDetails } from '../../shared/errors.ts'
import { copyDatabase, inspectBackup, type BackupFindings } from './backup-task.ts'
import { databaseError } from './connection.ts'
import { stepBack } from '../threads/step-back.ts'

export interface CareTasks {
  /** Copies the database as it is at this moment, then checks the copy against it. */
  copy: { input: { readonly source: string; readonly target: string }; output: BackupFindings }
  inspect: { input: { readonly file: string }; output: BackupFindings }
}

export type CareTask = { [T in keyof CareTasks]: { task: T; input: CareTasks[T]['input'] } }[keyof CareTasks]

export type CareMessage =
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | { readonly type: 'done'; readonly value: CareTasks[keyof CareTasks]['output'] }
  | {
      readonly type: 'failed'
      readonly error: { readonly code: ErrorCode; readonly message: string; readonly details: ErrorDetails }
    }

async function serve(port: MessagePort, work: CareTask): Promise<void> {
  stepBack()
  const say = (message: CareMessage) => port.postMessage(message)
  const progress = (done: number, total: number) => say({ type: 'progress', done, total })
  try {
    if (work.task === 'copy') {
      await copyDatabase(work.input, progress)
      say({ type: 'done', value: inspectBackup(work.input.target, progress) })
    } else say({ type: 'done', value: inspectBackup(work.input.file, progress) })
  } catch (error) {
    const file = work.task === 'copy' ? work.input.target : work.input.file
    const { code, message, details = {} } = databaseError(error, file)
    say({ type: 'failed', error: { code, message, details } })
  }
}

if (parentPort !== null) await serve(parentPort, workerData as CareTask)
