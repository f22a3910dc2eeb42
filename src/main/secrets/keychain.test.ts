import { describe, expect, it } from 'vitest'
import { createKeychainItems, type Keychain } from './keychain.ts'

/** A keychain in memory that can stop working after a number of writes, as a killed process would. */
function createTestKeychain() {
  const items = new Map<string, string>()
  let writesLeft = Infinity
  function spend(): void {
    if (writesLeft <= 0) throw new Error('the process was killed')
    writesLeft--
  }
  const keychain: Keychain = {
    getPassword: async (service, account) => items.get(`${service} ${account}`) ?? null,
    async setPassword(service, account, password) {
      spend()
      items.set(`${service} ${account}`, password)
    },
    async deletePassword(service, account) {
      spend()
      return items.delete(`${service} ${account}`)
    },
  }
  return {
    keychain,
    items,
    stopAfter(writes: number) {
      writesLeft = writes
    },
  }
}

const old = `old-${'o'.repeat(9_000)}`
const replacements = [`new-${'n'.repeat(5_000)}`, `new-${'n'.repeat(15_000)}`, 'new-short']

describe('keychain', () => {
  it('reads what was written, and nothing of another service', async () => {
    const { keychain } = createTestKeychain()
    const items = createKeychainItems(keychain, 'Weir-a')
    await items.set('one', old)
    expect(await items.get('one')).toBe(old)
    expect(await items.get('two')).toBeNull()
    expect(await createKeychainItems(keychain, 'Weir-b').get('one')).toBeNull()
  })

  it('keeps the old value or has the new one wherever a write is cut, and leaves nothing behind after the next', async () => {
    for (const value of replacements) {
      for (let writes = 0; writes < 24; writes++) {
        const { keychain, items: stored, stopAfter } = createTestKeychain()
        const items = createKeychainItems(keychain, 'Weir')
        await items.set('id', old)
        stopAfter(writes)
        const isWritten = await items.set('id', value).then(
          () => true,
          () => false,
        )
        stopAfter(Infinity)
        expect(await items.get('id')).toBe(isWritten ? value : old)

        await items.set('id', 'last')
        expect(await items.get('id')).toBe('last')
        expect([...stored.keys()]).toEqual(['Weir id'])
      }
    }
  })

  it('survives one torn write after another', async () => {
    const { keychain, items: stored, stopAfter } = createTestKeychain()
    const items = createKeychainItems(keychain, 'Weir')
    await items.set('id', old)
    for (const writes of [5, 1, 3, 2, 0, 4]) {
      stopAfter(writes)
      await expect(items.set('id', `torn-${'t'.repeat(20_000)}`)).rejects.toMatchObject({
        code: 'secret_store_unavailable',
      })
      stopAfter(Infinity)
      expect(await items.get('id')).toBe(old)
    }
    await items.delete('id')
    expect(stored.size).toBe(0)
  })

  it('deletes every part, also when an earlier delete was cut', async () => {
    for (let writes = 0; writes < 7; writes++) {
      const { keychain, items: stored, stopAfter } = createTestKeychain()
      const items = createKeychainItems(keychain, 'Weir')
      await items.set('id', old)
      stopAfter(writes)
      await items.delete('id').catch(() => undefined)
      stopAfter(Infinity)
      await items.delete('id')
      expect(stored.size).toBe(0)
    }
  })

  it('says so when an item is damaged, and takes a new value for it', async () => {
    const { keychain, items: stored } = createTestKeychain()
    const items = createKeychainItems(keychain, 'Weir')
    await items.set('id', old)
    stored.delete('Weir id/1/2')
    await expect(items.get('id')).rejects.toMatchObject({ code: 'secret_store_unavailable', details: { id: 'id' } })
    stored.set('Weir id', 'something else')
    await expect(items.get('id')).rejects.toMatchObject({ code: 'secret_store_unavailable' })
    await items.set('id', 'fresh')
    expect(await items.get('id')).toBe('fresh')
  })

  it('runs calls one after another', async () => {
    const { keychain } = createTestKeychain()
    const items = createKeychainItems(keychain, 'Weir')
    const values = Array.from({ length: 10 }, (_, index) => `${index}`.repeat(5_000))
    await Promise.all(values.map(async (value) => items.set('id', value)))
    expect(await items.get('id')).toBe(values.at(-1))
  })

  it('does not wait for ever for a keychain that does not answer', async () => {
    const { keychain } = createTestKeychain()
    const silent: Keychain = { ...keychain, getPassword: async () => new Promise(() => undefined) }
    const items = createKeychainItems(silent, 'Weir', 10)
    await expect(items.get('id')).rejects.toMatchObject({ code: 'secret_store_unavailable' })
    await expect(items.set('id', 'x')).rejects.toMatchObject({ code: 'secret_store_unavailable' })
  })

  it('refuses a secret that needs too many parts, and an id that is no name', async () => {
    const { keychain, items: stored } = createTestKeychain()
    const items = createKeychainItems(keychain, 'Weir')
    await expect(items.set('id', 'x'.repeat(200_000))).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(items.set('id/0/0', 'x')).rejects.toThrow('secret id')
    expect(stored.size).toBe(0)
  })

  it('puts no part of a secret into an error', async () => {
    const { keychain, stopAfter } = createTestKeychain()
    stopAfter(0)
    const error: unknown = await createKeychainItems(keychain, 'Weir')
      .set('id', 'canary-5e1f')
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Error)
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('canary-5e1f')
  })
})
