/**
 * A stand-in for Electron's own files on Linux, so that the package can be put together and looked into where Electron
 * cannot be downloaded. It has the names that the packager asks for and the wire of switches that it sets, and nothing that
 * runs: started, it says what it is and fails.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The packager finds the switches in Electron's binary behind this mark. Then come a version, a count and the states. */
const FUSE_MARK = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
const FUSE_VERSION = 1
/** In Electron's order. Each is the opposite of what Weir sets, so that a switch that was not set shows. */
const FUSE_STATES = '10110011'

const NOTICE =
  'This is a stand-in for Electron, made to look into the package. It cannot run and must not be given to anybody.'

const PROGRAM = `#!/bin/sh\necho '${NOTICE}' >&2\nexit 1\n`

const EMPTY_FILES = ['LICENSE', 'LICENSES.chromium.html', 'chrome-sandbox', 'chrome_crashpad_handler']

/** Fills an existing, empty folder. */
export function writeElectronStandIn(folder: string, electronVersion: string): void {
  const wire = Buffer.from([FUSE_VERSION, FUSE_STATES.length, ...Buffer.from(FUSE_STATES)])
  writeFileSync(join(folder, 'electron'), Buffer.concat([Buffer.from(PROGRAM + FUSE_MARK), wire]), { mode: 0o755 })
  writeFileSync(join(folder, 'version'), electronVersion)
  writeFileSync(join(folder, 'STAND-IN.txt'), `${NOTICE}\n`)
  for (const name of EMPTY_FILES) writeFileSync(join(folder, name), '')
  mkdirSync(join(folder, 'locales'))
  writeFileSync(join(folder, 'locales', 'en-US.pak'), '')
  mkdirSync(join(folder, 'resources'))
}
