import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exitCodesMarkdown } from '../host/headless/exit-codes.ts'
import { commands } from './commands.ts'

const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8')

describe('README', () => {
  it('has the table of exit codes', () => {
    expect(readme).toContain(exitCodesMarkdown())
  })

  it('names every command, and none that does not exist', () => {
    const rows = readme.split('\n').filter((line) => line.startsWith('| `weir '))
    const named = rows.flatMap((row) => {
      let group = ''
      return [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, text = '']) => {
        const words = text.split(' ')
        if (words[0] !== 'weir') return `${group} ${text}`
        group = words[1] ?? ''
        return words.slice(1).join(' ')
      })
    })
    expect(named.sort()).toEqual(commands.map((command) => command.words.join(' ')).sort())
  })
})
