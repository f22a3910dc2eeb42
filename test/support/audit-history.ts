/** Puts entries of the past straight into an audit log, chained as Weir chains them. */
import Database from 'better-sqlite3'
import { join } from 'node:path'
import { chainHash, emptyHead, type ChainContent } from '../../src/main/db/audit-chain.ts'

/** So many entries after those that there are, one second apart, the last one now. */
export function fillAudit(dataDir: string, count: number, now = Date.now()): void {
  const client = new Database(join(dataDir, 'weir.db'))
  try {
    const insert = client.prepare(
      `insert into audit (at, actor, action, target_kind, target_id, target_name, pool_name, outcome, error_code, before,
        after, hash, previous_hash)
       values (?, 'command', 'pool.create', 'pool', null, ?, null, 'success', null, null, ?, ?, ?)`,
    )
    const readHead = client.prepare<[], typeof emptyHead>(
      'select entries, last_id as lastId, hash from audit_head where id = 1',
    )
    const writeHead = client.prepare(
      'insert into audit_head (id, entries, last_id, hash) values (1, @entries, @lastId, @hash) on conflict do update set entries = @entries, last_id = @lastId, hash = @hash',
    )
    client.transaction(() => {
      let head = readHead.get() ?? emptyHead
      for (let index = 1; index <= count; index += 1) {
        const content: ChainContent = {
          at: now - (count - index) * 1_000,
          actor: 'command',
          action: 'pool.create',
          targetKind: 'pool',
          targetId: null,
          targetName: `Old Pool ${index}`,
          poolName: null,
          outcome: 'success',
          errorCode: null,
          before: null,
          after: { name: `Old Pool ${index}` },
        }
        const hash = chainHash(head.hash, content)
        const { lastInsertRowid } = insert.run(
          content.at,
          content.targetName,
          JSON.stringify(content.after),
          hash,
          head.hash,
        )
        head = { entries: head.entries + 1, lastId: Number(lastInsertRowid), hash }
      }
      writeHead.run({ ...head })
    })()
  } finally {
    client.close()
  }
}

/** As somebody with the file and a tool: without the triggers that keep the log as it is. */
export function tamperAudit(dataDir: string, sql: string): void {
  const client = new Database(join(dataDir, 'weir.db'))
  try {
    client.exec('drop trigger if exists audit_no_update; drop trigger if exists audit_no_delete')
    client.exec(sql)
  } finally {
    client.close()
  }
}
