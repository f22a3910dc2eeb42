/** All SQL of settings. Values are checked against the table of settings by the service that reads them. */
import { eq } from 'drizzle-orm'
import type { Db, Tx } from './database.ts'
import { setting } from './schema/setting.ts'

export function listStoredSettings(db: Db | Tx): { key: string; value: unknown }[] {
  return db.select().from(setting).all()
}

export function storeSetting(db: Db | Tx, key: string, value: unknown): void {
  db.insert(setting).values({ key, value }).onConflictDoUpdate({ target: setting.key, set: { value } }).run()
}

export function forgetSetting(db: Db | Tx, key: string): void {
  db.delete(setting).where(eq(setting.key, key)).run()
}
