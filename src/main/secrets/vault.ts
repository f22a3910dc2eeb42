/**
 * Secrets in one file under a passphrase, for machines without a keychain. Nothing decrypted is kept: each call reads the
 * file again and checks it, so a file that was changed meanwhile is refused and never written over.
 */
import { chmod, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../shared/errors.ts'
import { replaceFile } from './atomic-file.ts'
import { createQueue, type SecretItems } from './secret-items.ts'
import {
  defaultCost,
  formatVault,
  isKeyOf,
  keyFrom,
  newKdf,
  openVaultFile,
  parseVault,
  sealVault,
  type Items,
  type Kdf,
  type KdfCost,
  type VaultFile,
} from './vault-format.ts'

const MAX_FILE_BYTES = 16 * 1024 * 1024

export function vaultPath(dataDir: string): string {
  return join(dataDir, 'vault.json')
}

/** Also true when the file is there but cannot be read: it must not be taken for absent and written over. */
export async function hasVault(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    return errnoOf(error) !== 'ENOENT'
  }
}

/** Writes an empty vault at once, so that the passphrase is settled from then on. */
export async function createVault(path: string, passphrase: string, cost: KdfCost = defaultCost): Promise<SecretItems> {
  refuseEmpty(passphrase)
  const kdf = newKdf(cost)
  const key = await keyFrom(passphrase, kdf)
  await write(path, key, kdf, new Map())
  return vaultItems(path, key)
}

export async function openVault(path: string, passphrase: string): Promise<SecretItems> {
  refuseEmpty(passphrase)
  const file = await read(path)
  const key = await keyFrom(passphrase, file.kdf)
  if (!isKeyOf(file, key)) {
    throw new AppError('vault_wrong_passphrase', `The passphrase does not open ${path}. The file was not changed.`, {
      details: { file: path },
    })
  }
  unlock(path, file, key)
  await tighten(path)
  return vaultItems(path, key)
}

function vaultItems(path: string, key: Buffer): SecretItems {
  const queue = createQueue()

  async function change(edit: (items: Map<string, string>) => boolean): Promise<void> {
    return queue(async () => {
      const file = await read(path)
      const items = unlock(path, file, key)
      if (edit(items)) await write(path, key, file.kdf, items)
    })
  }

  return {
    get: async (id) => queue(async () => unlock(path, await read(path), key).get(id) ?? null),
    set: async (id, value) =>
      change((items) => {
        items.set(id, value)
        return true
      }),
    delete: async (id) => change((items) => items.delete(id)),
  }
}

async function read(path: string): Promise<VaultFile> {
  let text: string
  try {
    const { size } = await stat(path)
    if (size > MAX_FILE_BYTES) throw tampered(path, 'it is larger than any vault Weir writes')
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof AppError) throw error
    if (errnoOf(error) === 'ENOENT') throw tampered(path, 'it is no longer there')
    throw fileError(path, 'read', error)
  }
  const file = parseVault(text)
  if (file === null) throw tampered(path, 'it is not what Weir wrote')
  return file
}

function unlock(path: string, file: VaultFile, key: Buffer): Map<string, string> {
  const items = openVaultFile(file, key)
  if (items === null) throw tampered(path, 'its content does not match its seal')
  return items
}

async function write(path: string, key: Buffer, kdf: Kdf, items: Items): Promise<void> {
  const text = formatVault(sealVault(key, kdf, items))
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) {
    throw new AppError('invalid_input', 'The secret is too large: the vault would grow beyond 16 MiB.')
  }
  try {
    await replaceFile(path, text)
  } catch (error) {
    throw fileError(path, 'written', error)
  }
}

/** A vault that came from a backup may be readable by others. Not being allowed to change that is no reason to stop. */
async function tighten(path: string): Promise<void> {
  await chmod(path, 0o600).catch(() => undefined)
}

function refuseEmpty(passphrase: string): void {
  if (passphrase !== '') return
  const message = 'The passphrase of the vault is empty. Set WEIR_PASSPHRASE to a passphrase, or leave it unset.'
  throw new AppError('invalid_option', message, { details: { option: 'WEIR_PASSPHRASE' } })
}

function tampered(path: string, why: string): AppError {
  const message =
    `The vault ${path} cannot be used: ${why}. Weir did not change it. ` +
    'Restore it from a backup, or move it away and enter the secrets again.'
  return new AppError('vault_tampered', message, { details: { file: path } })
}

function fileError(path: string, verb: string, error: unknown): AppError {
  const errno = errnoOf(error)
  const options = { details: { file: path }, cause: error }
  if (errno === 'ENOSPC' || errno === 'EDQUOT') {
    return new AppError(
      'disk_full',
      `The vault ${path} could not be ${verb}: the disk is full. It is as it was.`,
      options,
    )
  }
  const message = `The vault ${path} could not be ${verb} (${errno}). Correct the permissions of the file and its folder.`
  return new AppError('data_dir_unwritable', message, options)
}

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}
