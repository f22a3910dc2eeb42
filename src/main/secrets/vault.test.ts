import { createHash } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createVault, hasVault, openVault, vaultPath } from './vault.ts'

/** The least cost a vault may have, for speed. */
const cost = { N: 2 ** 14, r: 8, p: 1 }
const passphrase = 'correct horse'

let dataDir: string
let path: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'weir-vault-'))
  path = vaultPath(dataDir)
})

afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true })
})

type Json = { [key: string]: Json | string | number }

async function readJson(): Promise<Json> {
  return JSON.parse(await readFile(path, 'utf8')) as Json
}

/** Writes the vault with one value changed; `forge` also corrects the checksum, as an attacker would. */
async function change(keys: readonly string[], edit: (value: string | number) => string | number, forge: boolean) {
  const file = await readJson()
  let holder = file
  for (const key of keys.slice(0, -1)) holder = holder[key] as Json
  const last = keys.at(-1) ?? ''
  holder[last] = edit(holder[last] as string | number)
  if (forge) {
    const text = JSON.stringify({ ...file, checksum: '' })
    file['checksum'] = createHash('sha256').update(`${text}\n`).digest('hex')
  }
  await writeFile(path, `${JSON.stringify(file)}\n`)
}

/** Another valid base64 or hex text of the same length. */
function flip(value: string | number): string | number {
  if (typeof value === 'number') return value * 2
  return `${value.startsWith('a') ? 'b' : 'a'}${value.slice(1)}`
}

describe('vault', () => {
  it('gives back any value under any id exactly, also after opening again', async () => {
    const items = await createVault(path, passphrase, cost)
    const text = fc.string({ unit: 'binary', maxLength: 100 })
    const samples = new Map(fc.sample(fc.tuple(text, text), 30))
    samples.set('__proto__', 'x')
    for (const [id, value] of samples) await items.set(id, value)
    const again = await openVault(path, passphrase)
    for (const [id, value] of samples) expect(await again.get(id)).toBe(value)
    expect(await again.get('never set')).toBeNull()
  })

  it('deletes an item and does not mind one that is not there', async () => {
    const items = await createVault(path, passphrase, cost)
    await items.set('id', 'value')
    await items.delete('id')
    await items.delete('id')
    expect(await items.get('id')).toBeNull()
  })

  it('keeps every one of many writes at once', async () => {
    const items = await createVault(path, passphrase, cost)
    const ids = Array.from({ length: 30 }, (_, index) => `id-${index}`)
    await Promise.all(ids.map(async (id) => items.set(id, id.repeat(3))))
    const again = await openVault(path, passphrase)
    for (const id of ids) expect(await again.get(id)).toBe(id.repeat(3))
  })

  it('sees and keeps what another opening of the same file wrote', async () => {
    const one = await createVault(path, passphrase, cost)
    const two = await openVault(path, passphrase)
    await one.set('a', '1')
    await two.set('b', '2')
    expect(await one.get('b')).toBe('2')
    expect(await two.get('a')).toBe('1')
  })

  it('is readable by its owner alone, and so is one that came with wider permissions', async () => {
    const items = await createVault(path, passphrase, cost)
    await items.set('id', 'value')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await chmod(path, 0o644)
    await openVault(path, passphrase)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('holds neither ids nor values in the clear and leaves no other file', async () => {
    const items = await createVault(path, passphrase, cost)
    await items.set('canary-id', 'canary-value')
    const text = await readFile(path, 'utf8')
    expect(text).not.toContain('canary')
    expect(text).not.toContain(Buffer.from('canary-value').toString('base64').slice(0, -3))
    expect(await readdir(dataDir)).toEqual(['vault.json'])
  })

  it('uses a fresh nonce for every write', async () => {
    const items = await createVault(path, passphrase, cost)
    const nonces = new Set<unknown>()
    for (let write = 0; write < 20; write++) {
      await items.set('id', 'the same value')
      const { body } = await readJson()
      nonces.add((body as Json)['nonce'])
    }
    expect(nonces.size).toBe(20)
  })

  it('refuses a wrong passphrase and leaves the bytes alone', async () => {
    await createVault(path, passphrase, cost)
    const before = await readFile(path)
    await expect(openVault(path, 'wrong horse')).rejects.toMatchObject({ code: 'vault_wrong_passphrase' })
    expect(await readFile(path)).toEqual(before)
  })

  it('takes a passphrase composed differently for the same one', async () => {
    await createVault(path, 'caf\u00E9', cost)
    await expect(openVault(path, 'cafe\u0301')).resolves.toBeDefined()
  })

  it('refuses an empty passphrase without making or touching a file', async () => {
    await expect(createVault(path, '', cost)).rejects.toMatchObject({ code: 'invalid_option' })
    expect(await hasVault(path)).toBe(false)
  })

  it('refuses the file with any one bit flipped, and leaves it alone', async () => {
    await (await createVault(path, passphrase, cost)).set('id', 'value')
    const good = await readFile(path)
    // The last byte is the line break, which carries nothing.
    for (let at = 0; at < good.length - 1; at++) {
      const bad = Buffer.from(good)
      bad[at] = (bad[at] ?? 0) ^ (1 << (at % 7))
      await writeFile(path, bad)
      await expect(openVault(path, passphrase), `byte ${at}`).rejects.toMatchObject({ code: 'vault_tampered' })
      expect((await readFile(path)).equals(bad)).toBe(true)
    }
  })

  it.each([
    { region: 'kdf N', keys: ['kdf', 'N'], code: 'vault_wrong_passphrase' },
    { region: 'kdf p', keys: ['kdf', 'p'], code: 'vault_wrong_passphrase' },
    { region: 'salt', keys: ['kdf', 'salt'], code: 'vault_wrong_passphrase' },
    { region: 'check nonce', keys: ['check', 'nonce'], code: 'vault_wrong_passphrase' },
    { region: 'check', keys: ['check', 'data'], code: 'vault_wrong_passphrase' },
    { region: 'check tag', keys: ['check', 'tag'], code: 'vault_wrong_passphrase' },
    { region: 'body nonce', keys: ['body', 'nonce'], code: 'vault_tampered' },
    { region: 'body', keys: ['body', 'data'], code: 'vault_tampered' },
    { region: 'body tag', keys: ['body', 'tag'], code: 'vault_tampered' },
    { region: 'version', keys: ['version'], code: 'vault_tampered' },
    { region: 'format', keys: ['format'], code: 'vault_tampered' },
  ])('refuses a changed $region, with the checksum forged too', async ({ keys, code }) => {
    await (await createVault(path, passphrase, cost)).set('id', 'value')
    await change(keys, flip, false)
    await expect(openVault(path, passphrase)).rejects.toMatchObject({ code: 'vault_tampered' })
    await change(keys, (value) => value, true)
    await expect(openVault(path, passphrase)).rejects.toMatchObject({ code })
  })

  it('accepts the file again when only its checksum is recomputed, so the forgeries above are real ones', async () => {
    await createVault(path, passphrase, cost)
    await change(['kdf', 'N'], (value) => value, true)
    await expect(openVault(path, passphrase)).resolves.toBeDefined()
  })

  it('does not mix the check of one vault with the body of another', async () => {
    await createVault(path, passphrase, cost)
    const other = await readJson()
    await rm(path)
    await createVault(path, passphrase, cost)
    const { body } = other
    await change(['format'], (value) => value, true)
    const file = await readJson()
    const text = JSON.stringify({ ...file, body, checksum: '' })
    const checksum = createHash('sha256').update(`${text}\n`).digest('hex')
    await writeFile(path, `${JSON.stringify({ ...file, body, checksum })}\n`)
    await expect(openVault(path, passphrase)).rejects.toMatchObject({ code: 'vault_tampered' })
  })

  it.each([
    { what: 'memory', keys: ['kdf', 'N'], value: 2 ** 30 },
    { what: 'block size', keys: ['kdf', 'r'], value: 2 ** 20 },
    { what: 'parallel runs', keys: ['kdf', 'p'], value: 2 ** 20 },
    { what: 'no work at all', keys: ['kdf', 'N'], value: 2 },
  ])('refuses a file that asks for too much or too little: $what', async ({ keys, value }) => {
    await createVault(path, passphrase, cost)
    await change(keys, () => value, true)
    await expect(openVault(path, passphrase)).rejects.toMatchObject({ code: 'vault_tampered' })
  })

  it('does not write over a file that was changed or removed while it was open', async () => {
    const items = await createVault(path, passphrase, cost)
    await items.set('id', 'value')
    await change(['body', 'tag'], flip, true)
    const before = await readFile(path)
    await expect(items.set('id', 'other')).rejects.toMatchObject({ code: 'vault_tampered' })
    await expect(items.get('id')).rejects.toMatchObject({ code: 'vault_tampered' })
    await expect(items.delete('id')).rejects.toMatchObject({ code: 'vault_tampered' })
    expect(await readFile(path)).toEqual(before)
    await rm(path)
    await expect(items.set('id', 'other')).rejects.toMatchObject({ code: 'vault_tampered' })
    expect(await hasVault(path)).toBe(false)
  })

  it('replaces the temporary file that a crash left behind', async () => {
    await writeFile(`${path}.tmp`, 'half a vault')
    const items = await createVault(path, passphrase, cost)
    await items.set('id', 'value')
    expect(await readdir(dataDir)).toEqual(['vault.json'])
  })
})
