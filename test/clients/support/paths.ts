import { join } from 'node:path'

export const repoDir = join(import.meta.dirname, '..', '..', '..')
export const clientsDir = join(repoDir, 'test', 'clients')
export const headlessEntry = join(repoDir, 'out', 'main', 'headless.js')

/** An installed client's file; plain paths, so that nothing depends on shims or on what is in PATH. */
export const codexEntry = join(clientsDir, 'node_modules', '@openai', 'codex', 'bin', 'codex.js')
export const opencodeEntry = join(clientsDir, 'node_modules', 'opencode-ai', 'bin', 'opencode.exe')
