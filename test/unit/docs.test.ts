import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stalePages, withTable } from '../../scripts/docs.ts'
import { errorCodes } from '../../src/shared/errors.ts'
import { settingKeys } from '../../src/shared/settings.ts'

const root = join(import.meta.dirname, '../..')
const written = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
const pages = ['README.md', 'CONTRIBUTING.md', ...written.map((name) => `docs/${name}`)]
const read = (path: string) => readFileSync(join(root, path), 'utf8')

describe('docs', () => {
  it('are what the code says', () => {
    expect(stalePages()).toEqual([])
  })

  it('have every error and every setting', () => {
    const errors = read('docs/errors.md')
    const settings = read('docs/settings.md')
    expect(errorCodes.filter((code) => !errors.includes(`| \`${code}\` |`))).toEqual([])
    expect(settingKeys.filter((key) => !settings.includes(`| \`${key}\` |`))).toEqual([])
  })

  it.each(pages)('%s links to files that exist', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '')
    const local = links.filter((link) => !/^[a-z]+:/.test(link))
    expect(local.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([])
  })

  it.each(pages)('%s names settings that exist', (page) => {
    const named = [...read(page).matchAll(/`((?:gateway|routing|privacy|models|admin)\.[a-zA-Z]+)`/g)]
    const unknown = named.map((match) => match[1] ?? '').filter((key) => !settingKeys.some((known) => known === key))
    expect(unknown).toEqual([])
  })

  it.each(pages)('%s names files of the tree that exist', (page) => {
    const named = [...read(page).matchAll(/`((?:src|test|scripts|bench|docs|bin|migrations)\/[\w./-]*\w\.\w+)`/g)]
    expect(named.map((match) => match[1] ?? '').filter((path) => !existsSync(join(root, path)))).toEqual([])
  })
})

describe('docs/security.md', () => {
  const guards = shownBy(read('docs/security.md'))
  const claims = guards.flatMap(({ shown }) => claimsOf(shown))

  it('has an answer to each of the 20 items of Electron', () => {
    const numbers = guards.map(({ guard }) => Number(guard)).filter((number) => number > 0)
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
  })

  it('names a test for each guard', () => {
    expect(guards.length).toBeGreaterThan(60)
    expect(guards.filter(({ shown }) => claimsOf(shown).every(({ titles }) => titles.length === 0))).toEqual([])
  })

  it.each(claims)('names tests that are in $file', ({ file, titles }) => {
    expect(titles).not.toEqual([])
    const there = titlesIn(read(file))
    expect(titles.filter((title) => !there.some((whole) => whole.includes(title)))).toEqual([])
  })
})

/** The rows of every table whose last column says what shows them. */
function shownBy(page: string): readonly { readonly guard: string; readonly shown: string }[] {
  const tables = page.split(/\n(?!\|)/).filter((part) => /^\|.*\| shown by \|$/m.test(part))
  return tables.flatMap((table) => {
    const rows = table.split('\n').filter((line) => line.startsWith('|'))
    return rows.slice(2).map((row) => {
      const cells = row.slice(1, -1).split(' | ')
      return { guard: cells[0]?.trim() ?? '', shown: cells.at(-1) ?? '' }
    })
  })
}

/** `` `file` › "title", "title"; `file` › "title" `` */
function claimsOf(cell: string): readonly { readonly file: string; readonly titles: readonly string[] }[] {
  return [...cell.matchAll(/`([\w./-]+\.test\.ts)` ›([^`]*)/g)].map(([, file = '', titles = '']) => ({
    file,
    titles: [...titles.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? ''),
  }))
}

/** What its suites and tests are called: the first text after `it(`, `describe(`, or the table of an `each`. */
function titlesIn(code: string): readonly string[] {
  const calls = code.matchAll(/(?:\b(?:it|describe)|[\])>])\(\s*(?:'((?:[^'\\\n]|\\.)*)'|`([^`]*)`|"([^"\n]*)")/g)
  return [...calls].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}

describe('withTable', () => {
  it('replaces what stands between its markers and nothing else', () => {
    const page = 'before\n<!-- x:begin -->\nold\n<!-- x:end -->\nafter\n'
    const changed = 'before\n<!-- x:begin -->\n\nnew\n\n<!-- x:end -->\nafter\n'
    expect(withTable(page, 'x', 'new')).toBe(changed)
    expect(withTable(changed, 'x', 'new')).toBe(changed)
  })

  it('refuses a page without the markers', () => {
    expect(() => withTable('a page', 'x', 'new')).toThrow('<!-- x:begin -->')
  })
})
