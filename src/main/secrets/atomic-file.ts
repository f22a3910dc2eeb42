/** Replaces a file as a whole: after a crash, a full disk or a failure there is the old content or the new, never a mix. */
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The file is readable by its owner only, and so is the temporary one beside it. */
export async function replaceFile(path: string, content: string): Promise<void> {
  // A fixed name: what a crash left behind is replaced by the next write. 'wx' follows no link that waits there.
  const temporary = `${path}.tmp`
  const directory = dirname(path)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await rm(temporary, { force: true })
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
  await syncDirectory(directory)
}

/** Makes the rename itself durable. Windows cannot open a directory and needs no such step. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
