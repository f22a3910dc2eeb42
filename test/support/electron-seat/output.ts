/** What a process writes, and its end. Whatever is still running when the tests end is killed. */
import type { ChildProcess } from 'node:child_process'
import type { Finished } from './desktop-app.ts'

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export function collectOutput(child: ChildProcess) {
  running.add(child)
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  const ended = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      running.delete(child)
      resolve({ code, ...output })
    })
  })
  return { output, ended }
}
