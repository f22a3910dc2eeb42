/** Where the `weir` command finds the running instance of a data directory: a private socket file, or a named pipe. */
import { createHash } from 'node:crypto'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'

/** Systems cut socket paths at 104 (macOS) or 108 (Linux) bytes. */
const MAX_PATH_BYTES = 100

export interface ControlPath {
  readonly path: string
  /** A directory of our own to create with mode 0700; null where none is needed. */
  readonly privateDir: string | null
}

export function controlPath(
  dataDir: string,
  machine: { platform: NodeJS.Platform; tmpdir: string } = { platform: process.platform, tmpdir: tmpdir() },
): ControlPath {
  const name = createHash('sha256').update(`${userInfo().username}\0${dataDir}`).digest('hex').slice(0, 24)
  if (machine.platform === 'win32') return { path: `\\\\.\\pipe\\weir-${name}`, privateDir: null }
  const inDataDir = join(dataDir, 'weir.sock')
  if (Buffer.byteLength(inDataDir) <= MAX_PATH_BYTES) return { path: inDataDir, privateDir: null }
  const path = join(machine.tmpdir, `weir-${name}`, 'weir.sock')
  return { path, privateDir: dirname(path) }
}
