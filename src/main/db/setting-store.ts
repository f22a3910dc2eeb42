/**
 * All SQL of settings. Values are checked against the table of settings by the service that reads them. Beside them stand
 * a few notes of the database about itself, which are nobody's to set.
 */
import { eq, notInArray } from 'drizzle-orm'
import type { Db, Tx } from './database.ts'
import { setting } from './schema/setting.ts'

/** `usage.zone`: the zone whose days limits are counted by. `usage.rowsFrom`: since when no request was deleted, epoch ms. */
const NOTES = ['usage.zone', 'usage.rowsFrom'] as const
export type DatabaseNote = (typeof NOTES)[number]

export function listStoredSettings(db: Db | Tx): { key: string; value: unknown }[] {
  return db
    .select()
    .from(setting)
    .where(notInArray(setting.key, [...NOTES]))
    .all()
}

/** Undefined where nothing was noted yet. */
export function readNote(db: Db | Tx, key: DatabaseNote): unknown {
  return db.select().from(setting).where(eq(setting.key, key)).get()?.value
}

export function storeNote(db: Db | Tx, key: DatabaseNote, value: string | number): void {
  storeSetting(db, key, value)
}

export function storeSetting(db: Db | Tx, key: string, value: unknown): void {
  db.insert(setting).values({ key, value }).onConflictDoUpdate({ target: setting.key, set: { value } }).run()
}

export function forgetSetting(db: Db | Tx, key: string): void {
  db.delete(setting).where(eq(setting.key, key)).run()
}
