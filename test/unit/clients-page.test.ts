import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { routeTable } from '../../src/main/gateway/routes.ts'

describe('docs/clients.md', () => {
  it('has the table of routes', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/clients.md'), 'utf8')
    const rows = routeTable.map((route) => `| ${route.method} | \`${route.path}\` | ${route.help} |`)
    expect(page).toContain(rows.join('\n'))
  })
})
