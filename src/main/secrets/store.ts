/**
 * Where upstream secrets live, chosen once at start: a vault file that is there, else a new vault when a passphrase is
 * given, else the OS keychain when it works, else nowhere. There is no plaintext fallback, and Weir starts in each case.
 */
import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { AppError, type ErrorCode } from '../../shared/errors.ts'
import { probeKeychain } from './keychain-probe.ts'
import { createKeychainItems } from './keychain.ts'
import type { SecretItems } from './secret-items.ts'
import { createVault, hasVault, openVault, vaultPath } from './vault.ts'

export interface SecretStoreStatus {
  readonly kind: 'keychain' | 'vault' | 'none'
  readonly usable: boolean
  /** Why it is not usable, with the next step; null when it is. */
  readonly reason: string | null
}

export interface SecretStore extends SecretItems {
  readonly status: SecretStoreStatus
}

export interface SecretStoreOptions {
  readonly dataDir: string
  readonly passphrase: string | undefined
  /** Given when there is a terminal to ask at. */
  readonly askPassphrase?: (() => Promise<string>) | undefined
}

/** Fails only where going on would be wrong: a wrong or empty passphrase, a vault that is damaged or cannot be written. */
export async function openSecretStore(options: SecretStoreOptions): Promise<SecretStore> {
  const path = vaultPath(options.dataDir)
  if (await hasVault(path)) {
    const passphrase = options.passphrase ?? (await options.askPassphrase?.())
    return passphrase === undefined ? lockedVault(path) : usable('vault', await openVault(path, passphrase))
  }
  if (options.passphrase !== undefined) return usable('vault', await createVault(path, options.passphrase))
  const service = await keychainService(options.dataDir)
  const probe = await probeKeychain(service)
  if ('keychain' in probe) return usable('keychain', createKeychainItems(probe.keychain, service))
  return noStore(probe.reason)
}

/** Two data directories of one user never share items. */
async function keychainService(dataDir: string): Promise<string> {
  // A directory that is not there yet has no links to resolve.
  const path = await realpath(dataDir).catch(() => resolve(dataDir))
  return `Weir-${createHash('sha256').update(path).digest('hex').slice(0, 12)}`
}

function usable(kind: 'keychain' | 'vault', items: SecretItems): SecretStore {
  return { status: { kind, usable: true, reason: null }, ...items }
}

function lockedVault(path: string): SecretStore {
  const reason =
    `The secrets are in the vault ${path}, and no passphrase was given. ` +
    'Set WEIR_PASSPHRASE, or start from a terminal and type it.'
  const fail = failWith('vault_locked', reason)
  return { status: { kind: 'vault', usable: false, reason }, get: fail, set: fail, delete: fail }
}

function noStore(why: string): SecretStore {
  const reason = `No secret can be saved: there is no OS keychain that works (${why}), and no passphrase vault. ${remedy()}`
  const set = failWith('secret_store_unavailable', reason)
  // What an earlier run may have put into a keychain is out of reach. Removing an upstream must still be possible.
  return { status: { kind: 'none', usable: false, reason }, get: async () => null, set, delete: async () => undefined }
}

function failWith(code: ErrorCode, reason: string): () => Promise<never> {
  return async () => {
    throw new AppError(code, reason)
  }
}

function remedy(): string {
  const vault = 'set WEIR_PASSPHRASE to a passphrase of your own to keep secrets in an encrypted vault file'
  if (process.platform === 'linux') {
    return (
      'Install a keyring (Debian, Ubuntu: `sudo apt install gnome-keyring libsecret-1-0`; Fedora: ' +
      '`sudo dnf install gnome-keyring libsecret`) and start Weir from a desktop session in which it is unlocked, ' +
      `or ${vault}.`
    )
  }
  const name = process.platform === 'darwin' ? 'login keychain' : 'Credential Manager'
  return `Unlock the ${name} and start Weir again, or ${vault}.`
}
