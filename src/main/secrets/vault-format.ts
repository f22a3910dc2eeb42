/**
 * The vault file: one line of JSON. scrypt turns the passphrase into a key; AES-256-GCM seals the items, ids included,
 * with everything else in the file as authenticated data. A small sealed constant beside them tells a wrong passphrase
 * from a changed file, and a plain checksum tells damage even where it hits the salt. Figures read are bounded before use.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { z } from 'zod'

const deriveKey = promisify<string, Buffer, number, object, Buffer>(scrypt)

const MAX_KDF_BYTES = 256 * 1024 * 1024
const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/)

const kdf = z
  .strictObject({
    name: z.literal('scrypt'),
    N: z
      .number()
      .int()
      .min(2 ** 14)
      .max(2 ** 20),
    r: z.number().int().min(8).max(32),
    p: z.number().int().min(1).max(4),
    salt: base64.length(24),
  })
  .refine((value) => Number.isInteger(Math.log2(value.N)) && memoryOf(value) <= MAX_KDF_BYTES)
const sealed = z.strictObject({ nonce: base64.length(16), data: base64, tag: base64.length(24) })
const vaultFile = z.strictObject({
  format: z.literal('weir-vault'),
  version: z.literal(1),
  kdf,
  check: sealed,
  body: sealed,
  checksum: z.string().length(64),
})
const itemList = z.array(z.tuple([z.string(), z.string()]))

export type Kdf = z.infer<typeof kdf>
export type VaultFile = z.infer<typeof vaultFile>
type Sealed = z.infer<typeof sealed>
export type Items = ReadonlyMap<string, string>

export interface KdfCost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** 128 MiB and about a third of a second. */
export const defaultCost: KdfCost = { N: 2 ** 17, r: 8, p: 1 }

export function newKdf(cost: KdfCost): Kdf {
  return { name: 'scrypt', N: cost.N, r: cost.r, p: cost.p, salt: randomBytes(16).toString('base64') }
}

export async function keyFrom(passphrase: string, { N, r, p, salt }: Kdf): Promise<Buffer> {
  // NFC: a passphrase with an accent is the same whether macOS or Linux composed it.
  const options = { N, r, p, maxmem: MAX_KDF_BYTES + 1024 * 1024 }
  return deriveKey(passphrase.normalize('NFC'), Buffer.from(salt, 'base64'), 32, options)
}

/** Null when the text is not exactly what `formatVault` wrote. */
export function parseVault(text: string): VaultFile | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    // Not JSON is one of the ways to be damaged.
    return null
  }
  const file = vaultFile.safeParse(json).data
  if (file === undefined || formatVault(file) !== `${text.trimEnd()}\n`) return null
  return file.checksum === checksumOf(file) ? file : null
}

export function formatVault({ format, version, kdf, check, body, checksum }: VaultFile): string {
  const ordered = { format, version, kdf: orderKdf(kdf), check: orderSealed(check), body: orderSealed(body), checksum }
  return `${JSON.stringify(ordered)}\n`
}

export function sealVault(key: Buffer, kdf: Kdf, items: Items): VaultFile {
  const check = seal(key, CHECK_TEXT, CHECK_AAD)
  const body = seal(key, JSON.stringify([...items]), bodyAad(kdf, check))
  const file = { format: 'weir-vault', version: 1, kdf, check, body, checksum: '' } as const
  return { ...file, checksum: checksumOf(file) }
}

/** Whether the key, hence the passphrase, is the one the vault was made with. */
export function isKeyOf(file: VaultFile, key: Buffer): boolean {
  return unseal(key, file.check, CHECK_AAD) === CHECK_TEXT
}

/** Null when the file was changed by someone without the key. */
export function openVaultFile(file: VaultFile, key: Buffer): Map<string, string> | null {
  const text = unseal(key, file.body, bodyAad(file.kdf, file.check))
  return text === null ? null : new Map(itemList.parse(JSON.parse(text)))
}

const CHECK_TEXT = 'weir vault key'
const CHECK_AAD = 'weir-vault check'

function bodyAad(kdf: Kdf, check: Sealed): string {
  return JSON.stringify(['weir-vault body', 1, orderKdf(kdf), orderSealed(check)])
}

function seal(key: Buffer, text: string, aad: string): Sealed {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 }).setAAD(Buffer.from(aad))
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return { nonce: nonce.toString('base64'), data: data.toString('base64'), tag: cipher.getAuthTag().toString('base64') }
}

function unseal(key: Buffer, { nonce, data, tag }: Sealed, aad: string): string | null {
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'), { authTagLength: 16 })
  decipher.setAAD(Buffer.from(aad)).setAuthTag(Buffer.from(tag, 'base64'))
  try {
    return Buffer.concat([decipher.update(data, 'base64'), decipher.final()]).toString('utf8')
  } catch {
    // The only failure here is a tag that does not match.
    return null
  }
}

function checksumOf(file: VaultFile): string {
  return createHash('sha256')
    .update(formatVault({ ...file, checksum: '' }))
    .digest('hex')
}

function memoryOf({ N, r, p }: KdfCost): number {
  return 128 * r * (N + p)
}

function orderKdf({ name, N, r, p, salt }: Kdf): Kdf {
  return { name, N, r, p, salt }
}

function orderSealed({ nonce, data, tag }: Sealed): Sealed {
  return { nonce, data, tag }
}
