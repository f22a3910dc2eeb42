import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pagePreferences } from './page-preferences.ts'

/** Names that weaken a page wherever they stand, whatever they are set to. */
const weakening = [
  'webSecurity',
  'allowRunningInsecureContent',
  'experimentalFeatures',
  'enableBlinkFeatures',
  'allowpopups',
  'nodeIntegration: true',
  'contextIsolation: false',
  'sandbox: false',
  'no-sandbox',
  'disable-web-security',
  'ignore-certificate-errors',
  'setCertificateVerifyProc',
  'loadFile(',
  'commandLine',
]

/** What would tell a page where a file lies, or let it name one. */
const paths = ['showOpenDialog', 'showSaveDialog', 'getPathForFile', 'webUtils']

const preload = join(import.meta.dirname, '../../../preload/index.ts')

function hostFiles(): readonly string[] {
  const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  expect(names.length).toBeGreaterThan(10)
  // The list of Chromium's own switches names them in order to leave them out.
  return names.filter((name) => name !== 'arguments.ts').map((name) => join(import.meta.dirname, name))
}

/** `window.ts: webSecurity`. */
function namesIn(files: readonly string[], words: readonly string[]): readonly string[] {
  return files.flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    return words.filter((word) => text.includes(word)).map((word) => `${basename(file)}: ${word}`)
  })
}

describe('the preferences of the page', () => {
  it('are sandboxed and isolated, without Node, and nothing else is changed', () => {
    expect(pagePreferences('/preload.cjs', true)).toEqual({
      preload: '/preload.cjs',
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webviewTag: false,
      spellcheck: false,
      devTools: false,
    })
  })

  it('are weakened nowhere in the host', () => {
    expect(namesIn(hostFiles(), weakening)).toEqual([])
  })

  it('are not all that keeps paths from it: nothing in the host or the preload asks for one', () => {
    expect(namesIn([...hostFiles(), preload], paths)).toEqual([])
  })
})

describe('Electron', () => {
  it('comes as it is published, in one major', () => {
    const root = join(import.meta.dirname, '../../../..')
    const json = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8')) as Record<string, unknown>
    const { devDependencies, overrides = {}, scripts } = json('package.json') as Record<string, Record<string, string>>
    const wanted = /^\^(\d+)\.\d+\.\d+$/.exec(devDependencies?.['electron'] ?? '')?.[1]
    const packages = json('package-lock.json')['packages'] as Record<string, { version: string; integrity?: string }>
    const locked = packages['node_modules/electron']
    expect(locked?.version.split('.')[0]).toBe(wanted)
    expect(locked?.integrity).toMatch(/^sha512-/)
    // Nothing is put in its place, and nothing changes it after it was installed.
    expect(Object.keys(overrides)).not.toContain('electron')
    expect(Object.keys(scripts ?? {}).filter((name) => name.endsWith('install'))).toEqual([])
    expect(Object.keys(packages).filter((name) => name.endsWith('/electron'))).toEqual(['node_modules/electron'])
  })
})
