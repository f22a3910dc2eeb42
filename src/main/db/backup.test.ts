import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeTempDir } from '../../../test/support/temp-dir.ts'
import { rowCounts, takeVerifiedCopy } from './backup.ts'
import { connect, connectReadOnly } from './connection.ts'

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678)

function populated() {
  const dir = makeTempDir('backup')
  const client = connect(join(dir, 'weir.db')).$client
  client.exec(`CREATE TABLE "odd ""name""" (x); INSERT INTO "odd ""name""" VALUES (1), (2); CREATE TABLE none (x)`)
  return { backups: join(dir, 'backups'), client }
}

describe('backup', () => {
  it('copies everything into a file named after version and time', () => {
    const { backups, client } = populated()
    const copy = takeVerifiedCopy(client, '0003_prices', NOW)
    expect(copy).toBe(join(backups, 'weir-0003_prices-20260102T030405678Z.db'))
    const { $client: opened } = connectReadOnly(copy)
    expect(rowCounts(opened)).toEqual({ none: 0, 'odd "name"': 2 })
    opened.close()
    client.close()
    expect(readdirSync(backups)).toHaveLength(1)
  })

  it.skipIf(process.platform === 'win32')('lets only the owner read the copy', () => {
    const { client } = populated()
    expect(statSync(takeVerifiedCopy(client, '0001_x', NOW)).mode & 0o777).toBe(0o600)
    client.close()
  })

  it('keeps the newest five by time, whatever their version, and no other file is touched', () => {
    const { backups, client } = populated()
    mkdirSync(backups)
    writeFileSync(join(backups, 'notes.txt'), '')
    writeFileSync(join(backups, 'weir-0001_x-20200101T000000000Z.db.partial'), 'cut short')
    const versions = ['0009_z', '0008_y', '0007_x', '0006_w', '0005_v', '0004_u', '0003_t']
    versions.forEach((version, index) => takeVerifiedCopy(client, version, NOW + index))
    const left = readdirSync(backups)
    expect(
      left
        .filter((name) => name.endsWith('.db'))
        .map((name) => name.slice(5, 11))
        .sort(),
    ).toEqual(versions.slice(2).sort())
    expect(left.filter((name) => !name.endsWith('.db'))).toEqual(['notes.txt'])
    client.close()
  })

  it('leaves nothing that looks like a copy when it cannot be made', () => {
    const { backups, client } = populated()
    client.exec('BEGIN')
    expect(() => takeVerifiedCopy(client, '0001_x', NOW)).toThrow(expect.objectContaining({ code: 'internal' }))
    expect(readdirSync(backups)).toEqual([])
    client.close()
  })
})
